/** A journal that cannot be written, or read, or is somebody else's, decides about nothing: it says so, and work goes on. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { type PartProblem, type RunningEmulator, startEmulator } from '../../src/server/index.ts';
import { builtWorker } from '../unit/server/jobs/built-worker.ts';

const worker = await builtWorker();
afterAll(worker.remove);

let data: string;
let emulator: RunningEmulator | undefined;
let stranger: Database | undefined;
let told: PartProblem[];
let bugs: string[];

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'tpe-journal-'));
  told = [];
  bugs = [];
});

afterEach(async () => {
  stranger?.close();
  stranger = undefined;
  await emulator?.close();
  emulator = undefined;
  rmSync(data, { recursive: true, force: true });
});

async function start(): Promise<RunningEmulator> {
  const on = { problem: (problem: PartProblem) => told.push(problem), bug: (id: string) => bugs.push(id) };
  return (emulator = await startEmulator({ data, pace: 'immediate' }, { workerUrl: worker.url, on }));
}

const submit = async ({ url }: RunningEmulator, id: string) =>
  (await fetch(`${url}/m2/demo/v2/profile/batchUpdate`, { method: 'POST', body: `batch=thirdPartyId,a\n${id},1` }))
    .status;

/** Every kind of call to the emulated API, and how it is answered. */
async function everyCall(at: RunningEmulator): Promise<Record<string, number>> {
  const status = async (path: string, init?: RequestInit) => (await fetch(`${at.url}${path}`, init)).status;
  return {
    submit: await submit(at, 'T'),
    update: await status('/m2/demo/profile/update?mbox3rdPartyId=T&profile.b=2', { method: 'POST' }),
    fetch: await status('/rest/v1/profiles/thirdPartyId/T?client=demo'),
    status: await status(`/m2/demo/profile/batchStatus?batchId=${at.batches('demo')[0]!.batchId}`),
    drop: await status('/__emulator/clients/other', { method: 'DELETE' }),
  };
}

const ALL_WELL = { submit: 200, update: 200, fetch: 200, status: 200, drop: 204 };
const health = async ({ url }: RunningEmulator) => (await fetch(`${url}/__emulator/health`)).json();

it('a journal that cannot be written changes no answer; that is told once, stands in health, and is over when it works', async () => {
  const at = await start();
  expect(await everyCall(at)).toEqual(ALL_WELL);
  stranger = new Sqlite(join(data, 'journal.db'));
  stranger.exec('BEGIN IMMEDIATE');
  expect(await everyCall(at)).toEqual(ALL_WELL);
  expect(await everyCall(at)).toEqual(ALL_WELL);
  expect(at.batches('demo').map(({ status }) => status)).toEqual(['complete', 'complete', 'complete']);

  expect(told).toMatchObject([{ part: 'journal', isOver: false, message: expect.stringContaining('journal.db') }]);
  expect(await health(at)).toMatchObject({ status: 'degraded', problems: ['journal'] });
  expect(() => at.journal.verify({ client: 'demo', operation: 'submit', times: 1 })).toThrow('nobody can tell');

  stranger.exec('COMMIT');
  expect(await submit(at, 'U')).toBe(200);
  expect(at.journal.verify({ client: 'demo', operation: 'submit', times: 4 })).toBe(4);
  expect(await health(at)).toMatchObject({ status: 'ok', problems: [] });
  expect(told.map(({ isOver }) => isOver)).toEqual([false, true]);
  expect(bugs).toEqual([]);
});

it.each([
  ['text', () => Buffer.from('theirs')],
  [
    'a database of another program',
    () => {
      const database = new Sqlite(':memory:');
      database.exec('CREATE TABLE entry (sequence)');
      return database.serialize();
    },
  ],
  [
    'a journal whose first page is damaged',
    () => {
      const bytes = readFileSync(join(data, 'journal.db'));
      return bytes.fill('x', 0, 16);
    },
  ],
])('a journal.db that is %s is left as it is, and entries are kept in memory', async (_, content) => {
  await (await start()).close();
  const path = join(data, 'journal.db');
  const before = content();
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  writeFileSync(path, before);

  const at = await start();
  expect(await everyCall(at)).toEqual(ALL_WELL);
  expect(readFileSync(path)).toEqual(before);
  expect(told).toMatchObject([{ part: 'journal', message: expect.stringContaining('Move it away') }]);
  expect(await health(at)).toMatchObject({ status: 'degraded', problems: ['journal'] });
  expect(at.journal.read({ operation: 'submit' }).entries).toHaveLength(1);
  // What the other one held, nobody knows.
  expect(() => at.journal.verify({ operation: 'submit', times: 1 })).toThrow('nobody can tell');
});
