/** The data directory is removed, moved, exchanged or locked by a stranger under a running server. */
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import Sqlite from 'better-sqlite3';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { type PartProblem, type RunningEmulator, startEmulator } from '../../src/server/index.ts';
import { builtWorker } from '../unit/server/jobs/built-worker.ts';

const worker = await builtWorker();
afterAll(worker.remove);

let place: string;
let data: string;
let emulator: RunningEmulator;
let told: PartProblem[];
let broken: unknown[];

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'tpe-lost-'));
  data = join(place, 'data');
  told = [];
  broken = [];
  const on = {
    problem: (problem: PartProblem) => told.push(problem),
    bug: (id: string) => broken.push(id),
    failure: (error: unknown) => broken.push(error),
  };
  emulator = await startEmulator({ data, pace: 'immediate', journal: 'off' }, { workerUrl: worker.url, on });
  expect(await submit('K')).toEqual({ status: 200, code: undefined });
});

afterEach(async () => {
  await emulator.close();
  rmSync(place, { recursive: true, force: true });
  expect(broken).toEqual([]);
});

async function submit(id: string, rows = 1) {
  const body = `batch=thirdPartyId,a\n${`${id},1\n`.repeat(rows)}`;
  const reply = await fetch(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { method: 'POST', body });
  return { status: reply.status, code: /"code":"([\w-]+)"/.exec(await reply.text())?.[1] };
}

async function health() {
  const reply = await fetch(`${emulator.url}/__emulator/health`);
  return { status: reply.status, body: await reply.json() };
}

const GONE = { status: 500, code: 'data-directory-gone' };
const FAILED = { status: 503, body: { status: 'failed', problems: ['data'] } };

it.each([
  ['is removed', () => rmSync(data, { recursive: true })],
  ['has lost its database', () => rmSync(join(data, 'emulator.db'))],
  [
    'is removed, and another one made',
    () => {
      rmSync(data, { recursive: true });
      mkdirSync(join(data, 'spool'), { recursive: true });
    },
  ],
  [
    'is exchanged for a copy of itself',
    () => {
      cpSync(data, join(place, 'copy'), { recursive: true });
      renameSync(data, join(place, 'old'));
      renameSync(join(place, 'copy'), data);
    },
  ],
])(
  'a directory that %s: health says so before anybody writes, every write is refused, and it is told once',
  async (_, lose) => {
    lose();
    const found = existsSync(data) ? readdirSync(data, { recursive: true }).toSorted() : undefined;
    expect(await health()).toMatchObject(FAILED);
    expect(await submit('L')).toEqual(GONE);
    expect(await submit('L')).toEqual(GONE);
    expect((await submit('L', 40_000)).status).toBe(500);
    await expect(emulator.seedProfiles('demo', [{ thirdPartyId: 'S', attributes: { a: '1' } }])).rejects.toThrow(data);
    await expect(emulator.snapshot()).rejects.toThrow(data);
    expect(told).toMatchObject([{ part: 'data', message: expect.stringContaining('Put it back') }]);
    expect(emulator.batches('demo')).toHaveLength(1);
    expect(existsSync(data) ? readdirSync(data, { recursive: true }).toSorted() : undefined).toEqual(found);
  },
);

it('a spool that somebody deletes is made anew, for nobody else to read, and large batches go on', async () => {
  rmSync(join(data, 'spool'), { recursive: true });
  expect(await submit('L', 40_000)).toEqual({ status: 200, code: undefined });
  expect(statSync(join(data, 'spool')).mode & 0o777).toBe(0o700);
  await emulator.drain();
  expect(emulator.batches('demo')[0]).toMatchObject({ status: 'complete', batchSize: 40_000 });
  expect(told).toEqual([]);
});

it.each([
  ['a file', (path: string) => writeFileSync(path, 'theirs')],
  ['a link', (path: string) => symlinkSync(place, path)],
])(
  '%s in the place of the snapshots is an operating error of a snapshot, and left alone at the end',
  async (_, put) => {
    const snapshots = join(data, 'snapshots');
    const before = readdirSync(place).toSorted();
    await emulator.discard(await emulator.snapshot());
    rmSync(snapshots, { recursive: true, force: true });
    put(snapshots);
    const snapshot = await emulator.snapshot().catch((error: unknown) => error);
    expect(snapshot).toMatchObject({ code: 'data-directory-unusable' });
    await emulator.close();
    expect(lstatSync(snapshots).isDirectory()).toBe(false);
    expect(readdirSync(place).toSorted()).toEqual(before);
  },
);

it('a directory that is moved away and put back goes on where it was, and says so', async () => {
  renameSync(data, join(place, 'elsewhere'));
  expect(await submit('L')).toEqual(GONE);
  renameSync(join(place, 'elsewhere'), data);
  expect(await submit('M')).toEqual({ status: 200, code: undefined });
  expect(await health()).toMatchObject({ status: 200, body: { status: 'ok', problems: [] } });
  expect(told.map(({ isOver }) => isOver)).toEqual([false, true]);
  expect(
    emulator
      .profiles('demo')
      .items.map(({ id }) => id.value)
      .toSorted(),
  ).toEqual(['K', 'M']);
});

it('a database that a stranger locks for longer than we wait is told as that, survived, and goes on when he is gone', async () => {
  const client = emulator.client('demo');
  await client.setPace({ kind: 'manual' });
  expect(await submit('W')).toEqual({ status: 200, code: undefined });
  const stranger = new Sqlite(join(data, 'emulator.db'));
  stranger.exec('BEGIN IMMEDIATE');
  expect(await submit('L')).toEqual({ status: 500, code: 'data-directory-in-use' });
  expect(await health()).toMatchObject(FAILED);
  stranger.exec('COMMIT');
  stranger.close();
  await client.release();
  await emulator.drain();
  expect(emulator.batches('demo').map(({ status }) => status)).toEqual(['complete', 'complete']);
  expect(await health()).toMatchObject({ status: 200, body: { problems: [] } });
}, 30_000);

it('a packed file of customer attributes that finds no room fails with the reason, and the next is taken', async () => {
  await emulator.customerAttributes.setSource('demo', 'crm', {});
  renameSync(join(data, 'spool'), join(place, 'spool'));
  writeFileSync(join(data, 'spool'), '');
  const rows = Array.from({ length: 20_000 }, (_, row) => `C-${row},x`).join('\n');
  const upload = (csv: string) => emulator.customerAttributes.upload('demo', 'crm', 'crm.csv.gz', gzipSync(csv));
  const { status, fault } = await upload(`id,t\n${rows}\n`);
  expect([status, fault?.message]).toEqual(['failed', expect.stringMatching(/could not be unpacked.*Upload it again/)]);
  expect(await upload('id,t\nC-1,x\n')).toMatchObject({ status: 'processed' });
  rmSync(join(data, 'spool'));
  renameSync(join(place, 'spool'), join(data, 'spool'));
});
