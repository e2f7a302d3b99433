/** The uploads of an episode: started side by side, interrupted, started again, and gone on with when the faults have stopped. */
import {
  createUploader,
  isUploadError,
  type FollowOutcome,
  type Uploader,
  type UploaderOptions,
  type UploadReport,
} from '../../client/index.ts';
import type { Api } from '../../protocol/vocabulary/index.ts';
import type { BatchRecord, Emulator } from '../../server/index.ts';
import { randomFor } from '../../server/runtime/random.ts';
import { csvSource } from './csv-source.ts';
import type { CallEvidence, RunEvidence, UploadEvidence } from './evidence.ts';
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
}

export function simulatedUploads(parts: UploadsParts): SimulatedUploads {
  const { seed, time, server, createClient = createUploader, dropped, tally, log } = parts;
  const uploads: Upload[] = [];

  const uploaderFor = (step: UploadStep, run: string, calls: CallEvidence[], fromPart: number) => {
    const name = `upload-${step.number}/${run}`;
    const transport = simulatedNetwork({
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
    const { client, api, partRowsMax, deadlineMs } = step;
    return createClient({
      endpoint: 'http://localhost',
      client,
      api,
      partRowsMax,
      deadlineMs,
      fromPart,
      transport,
      clock: time,
      random: randomFor(seed, 'simulation', `${name}/jitter`),
    });
  };

  const run = async ({ step, runs }: Upload, fromPart: number, interruptAfterMs?: number): Promise<void> => {
    const calls: CallEvidence[] = [];
    const startedAt = time.now();
    const interruption = interruptionAfter(time, interruptAfterMs);
    const report = await uploaderFor(step, String(runs.length), calls, fromPart)
      .upload(csvSource(step), { signal: interruption.signal })
      .then(
        (result) => (result.kind === 'report' ? result : `refused its input: ${JSON.stringify(result.problems)}`),
        (error: unknown) => `${isUploadError(error) ? error.code : 'unexpected'}: ${String(error)}`,
      );
    const interruptedAt = interruption.end();
    const batches = new Map(dropped);
    for (const batch of server.batches(step.client)) batches.set(batch.batchId, batch);
    runs.push({ calls, fromPart, startedAt, endedAt: time.now(), interruptedAt, report, batches });
    const state = typeof report === 'string' ? report : report.state;
    if (runs.length === 1) tally.uploads[state] = (tally.uploads[state] ?? 0) + 1;
    log(`upload ${step.number} ends: ${state} ${JSON.stringify(typeof report === 'string' ? {} : report.total)}`);
  };

  return {
    all: uploads,
    start(step) {
      const upload: Upload = { step, runs: [], followed: [] };
      uploads.push(upload);
      const { interruption } = step;
      time.start(async () => {
        await run(upload, 1, interruption?.afterMs);
        const stopped = lastReport(upload);
        if (interruption === undefined || stopped?.state !== 'interrupted' || stopped.nextPart === undefined) return;
        await time.sleep(interruption.againAfterMs);
        await run(upload, stopped.nextPart);
      });
    },
    goOnWithAll() {
      for (const upload of uploads) {
        const links = upload.runs.flatMap(({ report }) => (typeof report === 'string' ? [] : report.openLinks));
        const { nextPart } = lastReport(upload) ?? {};
        if (nextPart !== undefined) time.start(() => run(upload, nextPart));
        for (const link of links) {
          time.start(async () => {
            upload.followed.push(await uploaderFor(upload.step, 'follow', [], 1).follow(link));
          });
        }
      }
    },
  };
}

function lastReport({ runs }: Upload): UploadReport | undefined {
  const report = runs.at(-1)?.report;
  return typeof report === 'string' ? undefined : report;
}

/** A signal that is aborted after so long, unless the run has ended: `end` tells when the abort was. */
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
