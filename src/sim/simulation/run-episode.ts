/** One episode: the real client against the real emulator through the steps, then the faults stop and all must come to its end. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createUploader, openJobs, type Uploader, type UploaderOptions } from '../../client/index.ts';
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import { createEmulator, type Emulator } from '../../server/index.ts';
import { openMemoryStore } from '../../server/jobs/open-store.ts';
import { randomFor } from '../../server/runtime/random.ts';
import { createModel } from '../model/index.ts';
import { firstViolation, type Violation } from './checkers/index.ts';
import { modelFollower } from './model-follower.ts';
import { simulatedTime } from './simulated-time.ts';
import { simulatedUploads } from './simulated-uploads.ts';
import { type EpisodeSettings, type Performing, type Step, stepText } from './step.ts';
import { count, newTally, type World } from './world.ts';

/** What is tried: the real ones, or for a canary, one that was broken on purpose. */
export interface Subject {
  readonly server?: (emulator: Emulator) => Emulator;
  readonly client?: (options: UploaderOptions) => Uploader;
}

export type Episode = Readonly<{ seed: number; settings: EpisodeSettings; steps: readonly Step[] }>;

/** Wake-ups in one episode before it counts as one that never ends. */
const WAKES_MAX = 200_000;
const STEPS_OF_WORK_MAX = 100_000;
/** ca-preload */
const ATTRIBUTES_ARRIVE_MS_MAX = 20 * 60_000;

/** What is wrong first, the numbers, and a digest of everything that happened, and when. */
export async function runEpisode({ seed, settings, steps }: Episode, subject: Subject = {}) {
  const { sliceRowsMax, pace, ...readings } = settings;
  const { server = (real: Emulator) => real, client: createClient = createUploader } = subject;
  const time = simulatedTime();
  const tally = newTally();
  const hash = createHash('sha256');
  const log = (line: string) => hash.update(`${time.now()} ${line}\n`);
  const disagreements: string[] = [];
  /** Before, there is nothing to apply. */
  let workDueAt = Infinity;

  const emulator = await createEmulator(
    { seed, pace, ...readings },
    {
      clock: time,
      drive: 'by-hand',
      store: openMemoryStore({ sliceRowsMax }),
      on: {
        batchAccepted({ batchId, client }) {
          if (world.delivery === undefined) throw new Error('A batch was accepted that nobody sent.');
          const { call, body, api } = world.delivery;
          call.batches.push(batchId);
          world.accepted.push(batchId);
          follower.accepted(client, api, body, batchId);
          workDueAt = 0;
          log(`accepted ${batchId}`);
        },
        fileEnded(file) {
          const { client, alias, sequence, status, fault } = file;
          count(tally.files, status);
          log(`file ${sequence} of ${client} by ${alias} is ${status} ${fault?.rule ?? ''}`);
          follower.fileEnded(file);
        },
        bug: (id, error) => disagreements.unshift(`bug/${id}: ${String(error)}`),
      },
    },
  );
  const state = mkdtempSync(join(tmpdir(), 'tpe-simulation-'));
  const world: World = {
    seed,
    time,
    server: server(emulator),
    model: createModel({ ...DEFAULT_SETTINGS, ...readings }),
    createClient,
    jobs: await openJobs(join(state, 'state'), time, randomFor(seed, 'simulation', 'jobs'), ':memory:'),
    networkTrouble: 0,
    delivery: undefined,
    uploads: [],
    accepted: [],
    dropped: new Map(),
    ids: new Map(),
    files: new Map(),
    disagreements,
    tally,
    log,
  };
  const follower = modelFollower(world);
  const uploads = simulatedUploads(world);

  /** One slice of what is due, and the model after it. */
  const work = async () => {
    const result = await world.server.step();
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
    for (let made = 0; ; made += 1) {
      if (made > STEPS_OF_WORK_MAX) throw new Error('It never ends: there is always one more step.');
      const { more, nextDueAt } = await work();
      if (more) continue;
      if (nextDueAt === undefined) break;
      time.set(nextDueAt);
    }
  };

  const performing: Performing = {
    ...follower.perform,
    upload(step) {
      for (const [id] of step.rows) follower.meet(step.client, { kind: step.idKind, value: id! });
      uploads.start(step);
      return time.settled();
    },
    async visit(step) {
      while (follower.isAmidFile(step.client)) await work();
      await follower.perform.visit(step);
    },
    async file(step) {
      await follower.perform.file(step);
      workDueAt = 0;
    },
    async drop(step) {
      // The journal forgets the client code too.
      countFaults(emulator, world, step.client);
      await follower.perform.drop(step);
      workDueAt = 0;
    },
    wait: ({ ms }) => pass(ms),
    weather({ client, faults, networkTrouble }) {
      world.server.faults.set(faults, client);
      world.networkTrouble = networkTrouble;
    },
  };

  let violation: Violation | undefined;
  try {
    for (const step of steps) {
      log(stepText(step));
      await (performing[step.kind] as (step: Step) => unknown)(step);
      await pass(1);
    }
    world.networkTrouble = 0;
    for (const client of [undefined, ...world.ids.keys()]) world.server.faults.set({}, client);
    await untilAllWaitForNothing();
    uploads.goOnWithAll();
    await time.settled();
    await untilAllWaitForNothing();
    await follower.visitorsCome();
    time.set(time.now() + ATTRIBUTES_ARRIVE_MS_MAX);
    violation = firstViolation(world);
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    violation = { checker: 'nothing-breaks', message };
  }
  tally.batches = world.accepted.length;
  tally.dropped = world.dropped.size;
  countFaults(emulator, world);
  await emulator.close();
  world.jobs.close();
  rmSync(state, { recursive: true });
  return { violation, tally, digest: hash.digest('hex') };
}

function countFaults({ journal }: Emulator, { tally, log }: World, client?: string): void {
  let cursor: string | undefined;
  do {
    const page = journal.read({ kind: 'fault', client, limit: 1_000, ...(cursor !== undefined && { cursor }) });
    for (const entry of page.entries) {
      if (entry.kind !== 'fault') continue;
      count(tally.faults, entry.fault);
      log(`${entry.at} fault ${entry.fault} ${entry.client} ${entry.operation}`);
    }
    cursor = page.next;
  } while (cursor !== undefined);
}
