/** The uploads of an episode: started side by side, interrupted, started again, and gone on with when the faults have stopped. */
import {
  createUploader,
  isUploadError,
  resumeUpload,
  type FollowOutcome,
  type Progress,
  type Jobs,
  type Transport,
  type Uploader,
  type UploaderOptions,
  type UploadReport,
} from '../../client/index.ts';
import type { Api } from '../../protocol/vocabulary/index.ts';
import type { BatchRecord, Emulator } from '../../server/index.ts';
import { randomFor } from '../../server/runtime/random.ts';
import { csvSource } from './csv-source.ts';
import { newCall, type CallEvidence, type RunEvidence, type UploadEvidence } from './evidence.ts';
import { simulatedNetwork } from './simulated-network.ts';
import type { SimulatedTime } from './simulated-time.ts';
import type { UploadStep } from './step.ts';
import type { Tally } from './tally.ts';

export interface SimulatedUploads {
  readonly all: readonly UploadEvidence[];
  start(step: UploadStep): void;
  /** What was not sent is sent from the part where it stopped; the links whose end no run has seen are followed. */
  goOnWithAll(): void;
}

export interface UploadsParts {
  readonly seed: number;
  readonly time: SimulatedTime;
  readonly server: Emulator;
  readonly createClient: ((options: UploaderOptions) => Uploader) | undefined;
  readonly trouble: () => number;
  readonly onDelivery: (delivery: Delivery) => void;
  /** Batches of client codes that were dropped. */
  readonly dropped: ReadonlyMap<string, BatchRecord>;
  /** Of uploads that are killed and resumed: one record, and one budget for each client code. */
  readonly jobs: Jobs;
  readonly tally: Tally;
  readonly log: (line: string) => void;
}

/** What the network has just handed to the server. */
export interface Delivery {
  readonly call: CallEvidence;
  readonly body: Uint8Array;
  /** As it was asked for. */
  readonly api: Api;
}

interface Upload {
  readonly step: UploadStep;
  readonly runs: RunEvidence[];
  readonly followed: FollowOutcome[];
  /** Of all runs of its job. */
  readonly jobCalls: CallEvidence[];
  job: string | undefined;
}

/** What an upload that is remembered shares with the others of its client code. */
export const CALLS_PER_MINUTE = 6;

/** For whoever looks for the end when all is calm. */
const PLENTY = 6_000;
const CALM_MS = 24 * 60 * 60_000;

export function simulatedUploads(parts: UploadsParts): SimulatedUploads {
  const { seed, time, server, createClient = createUploader, dropped, tally, log } = parts;
  const uploads: Upload[] = [];

  const dependencies = (step: UploadStep, run: string, calls: CallEvidence[], kill?: UploadStep['kill']) => {
    const name = `upload-${step.number}/${run}`;
    const network = simulatedNetwork({
      server,
      time,
      trouble: parts.trouble,
      random: (call) => randomFor(seed, 'simulation', `${name}/call-${call}`),
      onCall: (call) => calls.push(call),
      onDelivery: (call, body) => parts.onDelivery({ call, body, api: step.api }),
      onEnd: (line) => {
        tally.calls += 1;
        log(`${name} ${line}`);
      },
    });
    const death = kill === undefined ? undefined : killedAt(network, kill, calls, () => time.now());
    const random = randomFor(seed, 'simulation', `${name}/jitter`);
    return { transport: death?.transport ?? network, died: death?.died, clock: time, random };
  };

  const uploaderFor = (step: UploadStep, given: Partial<UploaderOptions>) => {
    const { client, api, partRowsMax, deadlineMs, kill } = step;
    const remembered =
      kill === undefined ? {} : { jobs: parts.jobs, callsPerMinute: CALLS_PER_MINUTE, onOverlap: 'send' as const };
    const options = { client, api, partRowsMax, deadlineMs, outageMax: OUTAGE_MAX_MS, ...remembered };
    return createClient({ endpoint: 'http://localhost', ...options, ...given });
  };

  const run = async (
    upload: Upload,
    how: { onlyPart?: readonly number[]; interruptAfterMs?: number; deadlineMs?: number } = {},
  ) => {
    const { step, runs, job } = upload;
    const { onlyPart = [], interruptAfterMs, deadlineMs = step.deadlineMs } = how;
    const calls = step.kill === undefined ? [] : upload.jobCalls;
    const startedAt = time.now();
    const kill = job === undefined ? step.kill : undefined;
    const interruption = interruptionAfter(time, kill === undefined ? interruptAfterMs : undefined);
    const { died, ...given } = dependencies(step, `${runs.length}${job === undefined ? '' : '-resumed'}`, calls, kill);
    const { signal } = interruption;
    const onProgress = (progress: Progress) => {
      if (progress.kind === 'planned') upload.job = progress.job;
    };
    const working =
      job === undefined
        ? uploaderFor(step, { ...given, onlyPart: [...onlyPart] }).upload(csvSource(step), { signal, onProgress })
        : resumeUpload(job, { ...given, jobs: parts.jobs, rollBack: true, deadlineMs }, { signal });
    const ended = working.then(
      (result) => (result.kind === 'report' ? result : `refused its input: ${JSON.stringify(result.problems)}`),
      (error: unknown) => `${isUploadError(error) ? error.code : 'unexpected'}: ${String(error)}`,
    );
    const report = await Promise.race([ended, ...(died === undefined ? [] : [died])]);
    const interruptedAt = interruption.end();
    if (report === undefined) {
      log(`upload ${step.number} is killed`);
      tally.uploads['killed'] = (tally.uploads['killed'] ?? 0) + 1;
      return;
    }
    const batches = new Map(dropped);
    for (const batch of server.batches(step.client)) batches.set(batch.batchId, batch);
    runs.push({ calls: [...calls], onlyPart, startedAt, endedAt: time.now(), interruptedAt, report, batches });
    const state = typeof report === 'string' ? report : report.state;
    if (runs.length === 1) tally.uploads[state] = (tally.uploads[state] ?? 0) + 1;
    log(`upload ${step.number} ends: ${state} ${JSON.stringify(typeof report === 'string' ? {} : report.total)}`);
  };

  return {
    all: uploads,
    start(step) {
      const upload: Upload = { step, runs: [], followed: [], jobCalls: [], job: undefined };
      uploads.push(upload);
      const { interruption, kill } = step;
      time.start(async () => {
        await run(upload, interruption === undefined ? {} : { interruptAfterMs: interruption.afterMs });
        if (kill !== undefined) {
          if (upload.runs.length > 0) return;
          await time.sleep(kill.againAfterMs);
          await run(upload);
          return;
        }
        const stopped = lastReport(upload);
        const unsent = unsentParts(stopped);
        if (interruption === undefined || stopped?.state !== 'interrupted' || unsent.length === 0) return;
        await time.sleep(interruption.againAfterMs);
        await run(upload, { onlyPart: unsent });
      });
    },
    goOnWithAll() {
      for (const upload of uploads) {
        const links = upload.runs.flatMap(({ report }) => (typeof report === 'string' ? [] : report.openLinks));
        const unsent = unsentParts(lastReport(upload));
        if (unsent.length > 0) time.start(() => run(upload, { onlyPart: unsent, deadlineMs: CALM_MS }));
        for (const link of links) {
          time.start(async () => {
            const { died: _, ...given } = dependencies(upload.step, 'follow', []);
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

function lastReport({ runs }: Upload): UploadReport | undefined {
  const report = runs.at(-1)?.report;
  return typeof report === 'string' ? undefined : report;
}

/** A network whose user dies at a call: what was sent is sent, and nobody hears the answer. */
function killedAt(
  network: Transport,
  { atCall, isSent }: NonNullable<UploadStep['kill']>,
  calls: CallEvidence[],
  now: () => number,
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
      calls.push(newCall(init.method, now()));
    }
    die(undefined);
    return new Promise<never>(() => undefined);
  };
  return { transport, died };
}

/** A signal that somebody aborts after so long, unless the run has ended: `end` tells when that was. */
function interruptionAfter(time: SimulatedTime, afterMs: number | undefined) {
  const controller = new AbortController();
  const ended = new AbortController();
  let interruptedAt: number | undefined;
  if (afterMs !== undefined) {
    time.start(async () => {
      const isEnded = await time.sleep(afterMs, ended.signal).then(
        () => false,
        () => true,
      );
      if (isEnded) return;
      interruptedAt = time.now();
      controller.abort();
    });
  }
  return {
    signal: controller.signal,
    end: () => {
      ended.abort();
      return interruptedAt;
    },
  };
}
