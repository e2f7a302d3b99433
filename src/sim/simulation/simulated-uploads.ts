/** The uploads of an episode: started side by side, interrupted, started again, and gone on with when the faults have stopped. */
import { isUploadError, resumeUpload } from '../../client/index.ts';
import type { Progress, Transport, UploaderOptions, UploadReport } from '../../client/index.ts';
import { DAY_MS } from '../../protocol/vocabulary/index.ts';
import { randomFor } from '../../server/runtime/random.ts';
import { csvCell } from '../workload/crm-export.ts';
import { simulatedNetwork } from './simulated-network.ts';
import type { SimulatedTime } from './simulated-time.ts';
import type { UploadStep } from './step.ts';
import { count, type CallEvidence, newCall, type UploadEvidence, type World } from './world.ts';

/** What an upload that is remembered shares with the others of its client code. */
export const CALLS_PER_MINUTE = 6;

/** For whoever looks for the end when all is calm. */
const PLENTY = 6_000;
const CALM_MS = DAY_MS;

export function simulatedUploads(world: World) {
  const { seed, time, server, jobs, uploads, tally, log } = world;

  const surroundings = (step: UploadStep, run: string, calls: CallEvidence[], kill?: UploadStep['kill']) => {
    const name = `upload-${step.number}/${run}`;
    const network = simulatedNetwork(world, step.api, name, calls);
    const { transport, died } = kill === undefined ? { transport: network } : killedAt(network, kill, calls, time);
    return { died, given: { transport, clock: time, random: randomFor(seed, 'simulation', `${name}/jitter`) } };
  };

  const uploaderFor = (step: UploadStep, given: Partial<UploaderOptions>) => {
    const { client, api, partRowsMax, deadlineMs, kill } = step;
    const remembered = kill && { jobs, callsPerMinute: CALLS_PER_MINUTE, onOverlap: 'send' as const };
    const options = { client, api, partRowsMax, deadlineMs, outageMax: OUTAGE_MAX_MS, ...remembered };
    return world.createClient({ endpoint: 'http://localhost', ...options, ...given });
  };

  const run = async (
    upload: UploadEvidence,
    how: { onlyPart?: readonly number[]; interruptAfterMs?: number | undefined; deadlineMs?: number } = {},
  ) => {
    const { step, runs, job } = upload;
    const { onlyPart = [], interruptAfterMs, deadlineMs = step.deadlineMs } = how;
    const calls = step.kill === undefined ? [] : upload.jobCalls;
    const startedAt = time.now();
    const kill = job === undefined ? step.kill : undefined;
    const interruption = interruptionAfter(time, kill === undefined ? interruptAfterMs : undefined);
    const { died, given } = surroundings(step, `${runs.length}${job === undefined ? '' : '-resumed'}`, calls, kill);
    const { signal } = interruption;
    const onProgress = (progress: Progress) => {
      if (progress.kind === 'planned') upload.job = progress.job;
    };
    const working =
      job === undefined
        ? uploaderFor(step, { ...given, onlyPart: [...onlyPart] }).upload(csvSource(step), { signal, onProgress })
        : resumeUpload(job, { ...given, jobs, rollBack: true, deadlineMs }, { signal });
    const ended = working.then(
      (result) => (result.kind === 'report' ? result : `refused its input: ${JSON.stringify(result.problems)}`),
      (error: unknown) => `${isUploadError(error) ? error.code : 'unexpected'}: ${String(error)}`,
    );
    const report = await Promise.race([ended, ...(died === undefined ? [] : [died])]);
    const interruptedAt = interruption.end();
    if (report === undefined) {
      log(`upload ${step.number} is killed`);
      count(tally.uploads, 'killed');
      return;
    }
    const batches = new Map(world.dropped);
    for (const batch of server.batches(step.client)) batches.set(batch.batchId, batch);
    runs.push({ calls: [...calls], onlyPart, startedAt, endedAt: time.now(), interruptedAt, report, batches });
    const state = typeof report === 'string' ? report : report.state;
    if (runs.length === 1) count(tally.uploads, state);
    log(`upload ${step.number} ends: ${state} ${JSON.stringify(typeof report === 'string' ? {} : report.total)}`);
  };

  return {
    /** Is not waited for. */
    start(step: UploadStep): void {
      const upload: UploadEvidence = { step, runs: [], followed: [], jobCalls: [], job: undefined };
      uploads.push(upload);
      const { interruption, kill } = step;
      time.start(async () => {
        await run(upload, { interruptAfterMs: interruption?.afterMs });
        const report = lastReport(upload);
        const unsent = unsentParts(report);
        // A run that was killed leaves nothing.
        const isStopped =
          kill === undefined ? report?.state === 'interrupted' && unsent.length > 0 : upload.runs.length === 0;
        const stop = kill ?? interruption;
        if (!isStopped || stop === undefined) return;
        await time.sleep(stop.againAfterMs);
        await run(upload, { onlyPart: unsent });
      });
    },
    /** What was not sent is sent from the part where it stopped; the links whose end no run has seen are followed. */
    goOnWithAll(): void {
      for (const upload of uploads) {
        const links = upload.runs.flatMap(({ report }) => (typeof report === 'string' ? [] : report.openLinks));
        const unsent = unsentParts(lastReport(upload));
        if (unsent.length > 0) time.start(() => run(upload, { onlyPart: unsent, deadlineMs: CALM_MS }));
        for (const link of links) {
          time.start(async () => {
            const { given } = surroundings(upload.step, 'follow', []);
            upload.followed.push(await uploaderFor(upload.step, { ...given, callsPerMinute: PLENTY }).follow(link));
          });
        }
      }
    },
  };
}

/** How long a service may be out before a run gives up. */
export const OUTAGE_MAX_MS = 20 * 60_000;

/** Of those the run was to send. */
export function unsentParts(report: UploadReport | undefined): readonly number[] {
  return (report?.parts ?? []).flatMap(({ part, accepted, state }) => (accepted || state === 'skipped' ? [] : [part]));
}

function lastReport({ runs }: UploadEvidence): UploadReport | undefined {
  const report = runs.at(-1)?.report;
  return typeof report === 'string' ? undefined : report;
}

/** The CSV file of an upload step, as a source that can be opened again. */
function csvSource({ number, idKind, columns, rows }: UploadStep) {
  const text = [[idKind, ...columns], ...rows].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
  const bytes = Buffer.from(text);
  return { name: `upload-${number}.csv`, open: () => ReadableStream.from([bytes]), bytes: bytes.length };
}

/** A network whose user dies at a call: what was sent is sent, and nobody hears the answer. */
function killedAt(
  network: Transport,
  { atCall, isSent }: NonNullable<UploadStep['kill']>,
  calls: CallEvidence[],
  time: SimulatedTime,
) {
  let made = 0;
  const { promise: died, resolve: die } = Promise.withResolvers<undefined>();
  const transport: Transport = async (url, init) => {
    made += 1;
    if (made < atCall) return network(url, init);
    if (isSent) {
      await network(url, init).catch(() => undefined);
      calls.at(-1)!.toldSuccess = false;
    } else {
      calls.push(newCall(init.method, time.now()));
    }
    die(undefined);
    return new Promise<never>(() => undefined);
  };
  return { transport, died };
}

/** A signal that somebody aborts after so long, unless the run has ended: `end` tells when that was. */
function interruptionAfter(time: SimulatedTime, afterMs: number | undefined) {
  const [interruption, ended] = [new AbortController(), new AbortController()];
  let interruptedAt: number | undefined;
  const interrupt = () => {
    interruptedAt = time.now();
    interruption.abort();
  };
  if (afterMs !== undefined) time.start(() => time.sleep(afterMs, ended.signal).then(interrupt, () => undefined));
  const end = () => {
    ended.abort();
    return interruptedAt;
  };
  return { signal: interruption.signal, end };
}
