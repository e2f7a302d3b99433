/** One episode: the real client against the real emulator through the steps, then the faults stop and all must come to its end. */
import { createHash } from 'node:crypto';
import {
  createUploader,
  isUploadError,
  type FollowOutcome,
  type Uploader,
  type UploaderOptions,
} from '../../client/index.ts';
import { type Api, DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import { createEmulator, type Emulator } from '../../server/index.ts';
import { randomFor } from '../../server/runtime/random.ts';
import { createModel } from '../model/index.ts';
import { CHECKERS } from './checkers/index.ts';
import type { AcceptedEvidence, CallEvidence, RunEvidence, UploadEvidence } from './evidence.ts';
import { modelFollower } from './model-follower.ts';
import { simulatedNetwork } from './simulated-network.ts';
import { simulatedTime } from './simulated-time.ts';
import { type EpisodeSettings, type Step, stepText, type UploadStep } from './step.ts';
import { csvSource } from './csv-source.ts';
import { newTally, type Tally } from './tally.ts';

/** What is tried: the real ones, or for a canary, one that was broken on purpose. */
export interface Subject {
  readonly server?: (emulator: Emulator) => Emulator;
  readonly client?: (options: UploaderOptions) => Uploader;
}

export interface Episode {
  readonly seed: number;
  readonly settings: EpisodeSettings;
  readonly steps: readonly Step[];
}

export interface EpisodeResult {
  /** The first thing that is wrong. */
  readonly violation: Violation | undefined;
  readonly tally: Tally;
  /** Of everything that happened, and when. */
  readonly digest: string;
}

export interface Violation {
  readonly checker: string;
  readonly message: string;
}

/** What the network has just handed to the server. */
interface Delivery {
  readonly call: CallEvidence;
  readonly body: Uint8Array;
  /** As it was asked for. */
  readonly api: Api;
}

/** Wake-ups in one episode before it counts as one that never ends. */
const WAKES_MAX = 200_000;
const STEPS_OF_WORK_MAX = 100_000;

export async function runEpisode({ seed, settings, steps }: Episode, subject: Subject = {}): Promise<EpisodeResult> {
  const time = simulatedTime();
  const tally = newTally();
  const hash = createHash('sha256');
  const log = (line: string) => hash.update(`${time.now()} ${line}\n`);
  const bugs: string[] = [];
  const accepted: AcceptedEvidence[] = [];
  let delivery: Delivery | undefined;

  const model = createModel({ ...DEFAULT_SETTINGS, consecutiveV2: settings.consecutiveV2 });
  const emulator = await createEmulator(
    { seed, ...settings },
    {
      clock: time,
      drive: 'by-hand',
      on: {
        batchAccepted({ batchId, client }) {
          if (delivery === undefined) throw new Error('A batch was accepted that nobody sent.');
          delivery.call.batches.push(batchId);
          accepted.push({ client, batchId, body: delivery.body });
          follower.accepted(client, delivery.api, delivery.body, batchId);
          workDueAt = 0;
          log(`accepted ${batchId}`);
        },
        bug: (id, error) => bugs.push(`bug/${id}: ${String(error)}`),
      },
    },
  );
  const server = subject.server?.(emulator) ?? emulator;
  const follower = modelFollower(server, model, time);
  const uploads: { readonly step: UploadStep; readonly runs: RunEvidence[]; readonly followed: FollowOutcome[] }[] = [];
  let networkTrouble = 0;
  /** Before, there is nothing to apply. */
  let workDueAt = Infinity;

  const uploaderFor = (step: UploadStep, run: number, calls: CallEvidence[], fromPart: number) => {
    const name = `upload-${step.number}/${run}`;
    const transport = simulatedNetwork({
      server,
      time,
      trouble: () => networkTrouble,
      random: (call) => randomFor(seed, 'simulation', `${name}/call-${call}`),
      onCall: (call) => calls.push(call),
      onDelivery: (call, body) => {
        delivery = { call, body, api: step.api };
      },
      onEnd: (line) => {
        tally.calls += 1;
        log(`${name} ${line}`);
      },
    });
    const { client, api, partRowsMax, deadlineMs } = step;
    const options: UploaderOptions = {
      endpoint: 'http://localhost',
      client,
      api,
      partRowsMax,
      deadlineMs,
      fromPart,
      transport,
      clock: time,
      random: randomFor(seed, 'simulation', `${name}/jitter`),
    };
    return (subject.client ?? createUploader)(options);
  };
  const startUpload = (upload: (typeof uploads)[number], fromPart: number) =>
    time.start(async () => {
      const calls: CallEvidence[] = [];
      const startedAt = time.now();
      const { step } = upload;
      const report = await uploaderFor(step, upload.runs.length, calls, fromPart)
        .upload(csvSource(step))
        .then(
          (result) => (result.kind === 'report' ? result : `refused its input: ${JSON.stringify(result.faults)}`),
          (error: unknown) => `${isUploadError(error) ? error.code : 'unexpected'}: ${String(error)}`,
        );
      const statuses = new Map(server.batches(step.client).map(({ batchId, status }) => [batchId as string, status]));
      upload.runs.push({ calls, fromPart, startedAt, endedAt: time.now(), report, statuses });
      const state = typeof report === 'string' ? report : report.state;
      if (fromPart === 1) tally.uploads[state] = (tally.uploads[state] ?? 0) + 1;
      log(`upload ${step.number} ends: ${state} ${JSON.stringify(typeof report === 'string' ? {} : report.total)}`);
    });

  /** One slice of what is due, and the model after it. */
  const work = async () => {
    const result = await server.step();
    workDueAt = result.more ? 0 : (result.nextDueAt ?? Infinity);
    if (result.rows > 0 || result.completed.length > 0) {
      tally.rows += result.rows;
      log(`applied ${result.rows} rows`);
      await follower.follow();
    }
    return result;
  };
  let wakes = 0;
  const wakeOne = async () => {
    wakes += 1;
    if (wakes > WAKES_MAX) throw new Error('It never ends: somebody keeps asking.');
    await time.wakeNext();
    // The server is not always quick.
    const isQuick = randomFor(seed, 'simulation', `work-${wakes}`).next() < 0.7;
    if (isQuick && workDueAt <= time.now()) await work();
  };
  const pass = async (ms: number) => {
    const until = time.now() + ms;
    for (let at = time.nextAt(); at !== undefined && at <= until; at = time.nextAt()) await wakeOne();
    time.set(until);
  };
  const untilAllWaitForNothing = async () => {
    while (time.nextAt() !== undefined) await wakeOne();
    for (let count = 0; ; count += 1) {
      if (count > STEPS_OF_WORK_MAX) throw new Error('It never ends: there is always one more step.');
      const { more, nextDueAt } = await work();
      if (more) continue;
      if (nextDueAt === undefined) break;
      time.set(nextDueAt);
    }
  };

  const perform = async (step: Step) => {
    log(stepText(step));
    switch (step.kind) {
      case 'upload': {
        const upload = { step, runs: [], followed: [] };
        uploads.push(upload);
        for (const [id] of step.rows) follower.meet(step.client, { kind: step.idKind, value: id! });
        startUpload(upload, 1);
        await time.settled();
        break;
      }
      case 'visit':
        await follower.visit(step.client, step.ids);
        break;
      case 'update':
        log(await follower.update(step.client, step.id, step.values));
        break;
      case 'seed':
        await follower.seed(step.client, step.id, step.values);
        break;
      case 'wait':
        await pass(step.ms);
        break;
      case 'weather':
        server.faults.set(step.faults, step.client);
        networkTrouble = step.networkTrouble;
        break;
    }
    await pass(1);
  };

  const calm = () => {
    networkTrouble = 0;
    server.faults.set({});
    for (const client of follower.clients()) server.faults.set({}, client);
  };
  /** With the faults gone, what was left over goes on: unsent parts are sent, unread links are read. */
  const finish = async () => {
    for (const upload of uploads) {
      const { report } = upload.runs[0]!;
      if (typeof report === 'string') continue;
      if (report.nextPart !== undefined) startUpload(upload, report.nextPart);
      for (const link of report.openLinks) {
        time.start(async () => {
          upload.followed.push(await uploaderFor(upload.step, 2, [], 1).follow(link));
        });
      }
    }
    await time.settled();
    await untilAllWaitForNothing();
  };

  let violation: Violation | undefined;
  try {
    for (const step of steps) await perform(step);
    calm();
    await untilAllWaitForNothing();
    await finish();
    const evidence = {
      server,
      model,
      now: time.now(),
      uploads: uploads satisfies readonly UploadEvidence[],
      accepted,
      clients: follower.clients(),
      ids: follower.ids,
      disagreements: [...bugs, ...follower.disagreements],
    };
    for (const { name, check } of CHECKERS) {
      const message = check(evidence);
      if (message === undefined) continue;
      violation = { checker: name, message };
      break;
    }
  } catch (error) {
    violation = {
      checker: 'nothing-breaks',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
  tally.batches = accepted.length;
  countFaults(emulator, tally, log);
  await emulator.close();
  return { violation, tally, digest: hash.digest('hex') };
}

const JOURNAL_PAGE = 1_000;

function countFaults({ journal }: Emulator, tally: Tally, log: (line: string) => void): void {
  let cursor: string | undefined;
  do {
    const page = journal.read({ kind: 'fault', limit: JOURNAL_PAGE, ...(cursor !== undefined && { cursor }) });
    for (const entry of page.entries) {
      if (entry.kind !== 'fault') continue;
      tally.faults[entry.fault] = (tally.faults[entry.fault] ?? 0) + 1;
      log(`${entry.at} fault ${entry.fault} ${entry.client} ${entry.operation}`);
    }
    cursor = page.next;
  } while (cursor !== undefined);
}
