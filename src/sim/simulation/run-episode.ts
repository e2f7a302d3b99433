/** One episode: the real client against the real emulator through the steps, then the faults stop and all must come to its end. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJobs, type Uploader, type UploaderOptions } from '../../client/index.ts';
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import { type BatchRecord, createEmulator, type Emulator } from '../../server/index.ts';
import { openMemoryStore } from '../../server/jobs/open-store.ts';
import { randomFor } from '../../server/runtime/random.ts';
import { createModel } from '../model/index.ts';
import { CHECKERS } from './checkers/index.ts';
import type { AcceptedEvidence } from './evidence.ts';
import { modelFollower } from './model-follower.ts';
import { simulatedTime } from './simulated-time.ts';
import { type Delivery, simulatedUploads } from './simulated-uploads.ts';
import { type EpisodeSettings, type Step, stepText } from './step.ts';
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

/** Wake-ups in one episode before it counts as one that never ends. */
const WAKES_MAX = 200_000;
const STEPS_OF_WORK_MAX = 100_000;
/** ca-preload */
const ATTRIBUTES_ARRIVE_MS_MAX = 20 * 60_000;

export async function runEpisode({ seed, settings, steps }: Episode, subject: Subject = {}): Promise<EpisodeResult> {
  const { sliceRowsMax, pace, ...readings } = settings;
  const time = simulatedTime();
  const tally = newTally();
  const hash = createHash('sha256');
  const log = (line: string) => hash.update(`${time.now()} ${line}\n`);
  const bugs: string[] = [];
  const accepted: AcceptedEvidence[] = [];
  const dropped = new Map<string, BatchRecord>();
  /** Who comes last, for what files said of them. */
  const visitors: { readonly client: string; readonly thirdPartyId: string }[] = [];
  let delivery: Delivery | undefined;

  const model = createModel({ ...DEFAULT_SETTINGS, ...readings });
  const emulator = await createEmulator(
    { seed, pace, ...readings },
    {
      clock: time,
      drive: 'by-hand',
      store: openMemoryStore({ sliceRowsMax }),
      on: {
        batchAccepted({ batchId, client }) {
          if (delivery === undefined) throw new Error('A batch was accepted that nobody sent.');
          delivery.call.batches.push(batchId);
          accepted.push({ client, batchId, body: delivery.body });
          follower.accepted(client, delivery.api, delivery.body, batchId);
          workDueAt = 0;
          log(`accepted ${batchId}`);
        },
        fileEnded(file) {
          const { client, alias, sequence, status, fault } = file;
          tally.files[status] = (tally.files[status] ?? 0) + 1;
          log(`file ${sequence} of ${client} by ${alias} is ${status} ${fault?.rule ?? ''}`);
          follower.fileEnded(file);
        },
        bug: (id, error) => bugs.push(`bug/${id}: ${String(error)}`),
      },
    },
  );
  const server = subject.server?.(emulator) ?? emulator;
  const follower = modelFollower(server, model, time);
  let networkTrouble = 0;
  /** Before, there is nothing to apply. */
  let workDueAt = Infinity;

  const state = mkdtempSync(join(tmpdir(), 'tpe-simulation-'));
  const jobs = await openJobs(join(state, 'state'), time, randomFor(seed, 'simulation', 'jobs'), ':memory:');
  const uploads = simulatedUploads({
    seed,
    jobs,
    time,
    server,
    createClient: subject.client,
    trouble: () => networkTrouble,
    onDelivery: (delivered) => {
      delivery = delivered;
    },
    dropped,
    tally,
    log,
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
        for (const [id] of step.rows) follower.meet(step.client, { kind: step.idKind, value: id! });
        uploads.start(step);
        await time.settled();
        break;
      }
      case 'visit':
        while (follower.isAmidFile(step.client)) await work();
        await follower.visit(step.client, step.ids);
        break;
      case 'update':
        log(await follower.update(step.client, step.id, step.values));
        break;
      case 'seed':
        await follower.seed(step.client, step.id, step.values);
        break;
      case 'source':
        await follower.source(step.client, step.source);
        break;
      case 'file':
        await follower.file(step.client, step.source, step.text);
        visitors.push({ client: step.client, thirdPartyId: step.visitor });
        workDueAt = 0;
        break;
      case 'drop':
        // The journal forgets the client code too.
        countFaults(emulator, tally, log, step.client);
        for (const batch of await follower.drop(step.client)) dropped.set(batch.batchId, batch);
        workDueAt = 0;
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
  let violation: Violation | undefined;
  try {
    for (const step of steps) await perform(step);
    calm();
    await untilAllWaitForNothing();
    uploads.goOnWithAll();
    await time.settled();
    await untilAllWaitForNothing();
    for (const { client, thirdPartyId } of visitors) await follower.visit(client, { pcId: undefined, thirdPartyId });
    time.set(time.now() + ATTRIBUTES_ARRIVE_MS_MAX);
    const evidence = {
      server,
      model,
      now: time.now(),
      uploads: uploads.all,
      accepted,
      dropped,
      clients: follower.clients(),
      ids: follower.ids,
      files: follower.files,
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
  tally.dropped = dropped.size;
  countFaults(emulator, tally, log);
  await emulator.close();
  jobs.close();
  rmSync(state, { recursive: true });
  return { violation, tally, digest: hash.digest('hex') };
}

const JOURNAL_PAGE = 1_000;

function countFaults({ journal }: Emulator, tally: Tally, log: (line: string) => void, client?: string): void {
  let cursor: string | undefined;
  do {
    const page = journal.read({ kind: 'fault', client, limit: JOURNAL_PAGE, ...(cursor !== undefined && { cursor }) });
    for (const entry of page.entries) {
      if (entry.kind !== 'fault') continue;
      tally.faults[entry.fault] = (tally.faults[entry.fault] ?? 0) + 1;
      log(`${entry.at} fault ${entry.fault} ${entry.client} ${entry.operation}`);
    }
    cursor = page.next;
  } while (cursor !== undefined);
}
