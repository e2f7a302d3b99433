/** Bodies of accepted batches that are cut, flipped, exchanged or gone: none is applied as good, and each says why. */
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { batchJson, batchLine } from '../../src/cli/serve-log.ts';
import { styleFor } from '../../src/cli/printable.ts';
import { createEmulator, type Emulator, type PartProblem } from '../../src/server/index.ts';
import { openFileStore } from '../../src/server/jobs/open-store.ts';

let directory: string;
let emulator: Emulator;
let problems: PartProblem[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-damaged-'));
  await start();
});

afterEach(async () => {
  await emulator.close();
  rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const store = openFileStore(directory, { writer: 'inline', sliceRowsMax: 1_000 });
  problems = [];
  const on = { problem: (problem: PartProblem) => problems.push(problem) };
  emulator = await createEmulator({ pace: 'manual', clock: 'virtual' }, { store, drive: 'by-hand', on });
}

async function submit(body: string): Promise<string> {
  const url = 'http://localhost/m2/demo/v2/profile/batchUpdate';
  const reply = await emulator.fetch(new Request(url, { method: 'POST', body }));
  return /batchId=([\w-]+)/.exec(await reply.text())![1]!;
}

/** 13 bytes a row; larger than what lies in the database. */
const fileOf = (rows: number, id: string) =>
  `batch=thirdPartyId,a\n${Array.from({ length: rows }, (_, row) => `${id}-${String(row).padStart(5, '0')},${String(row % 1000).padStart(3, '0')}`).join('\n')}`;
const LARGE = fileOf(9_000, 'C');

const spooled = () => {
  const [name, ...others] = readdirSync(join(directory, 'spool'));
  expect(others).toEqual([]);
  return join(directory, 'spool', name!);
};

function overwrite(path: string, at: number, text: string): void {
  const file = openSync(path, 'r+');
  writeSync(file, text, at);
  closeSync(file);
}

async function release(): Promise<void> {
  await emulator.client('demo').release();
  await emulator.drain();
}

const logOf = (batchId: string) => {
  const batch = emulator.batch(batchId)!;
  return [batchLine(batch, styleFor(false)), JSON.stringify(batchJson(batch))];
};

describe('a spooled body', () => {
  it.each([
    ['loses its last 90 bytes', (path: string) => truncateSync(path, LARGE.length - 90), 'body-damaged'],
    ['is cut within a value', (path: string) => truncateSync(path, LARGE.length - 1), 'body-damaged'],
    ['has another value', (path: string) => overwrite(path, LARGE.length - 1, '7'), 'body-damaged'],
    ['has a flipped byte in its header row', (path: string) => overwrite(path, 19, 'b'), 'body-damaged'],
    ['is longer by a row', (path: string) => writeFileSync(path, '\nC-99999,1', { flag: 'a' }), 'body-damaged'],
    ['is another good file of its size', (path: string) => writeFileSync(path, fileOf(9_000, 'D')), 'body-damaged'],
    ['is empty', (path: string) => truncateSync(path), 'body-damaged'],
    ['is gone', (path: string) => rmSync(path), 'body-missing'],
  ] as const)(
    'that %s is not applied: the batch is stuck with its cause, and the next one goes on',
    async (_, damage, code) => {
      const batchId = await submit(LARGE);
      const next = await submit('batch=thirdPartyId,a\nN,1');
      damage(spooled());
      await release();

      const failure = { code, message: expect.stringContaining('send the batch again') as string };
      expect(emulator.batch(batchId)).toMatchObject({ status: 'stuck', consumedCount: 0, failure });
      const told = await emulator.fetch(new Request(`http://localhost/__emulator/batches/${batchId}`));
      expect(await told.json()).toMatchObject({ status: 'stuck', failure });
      expect(problems).toMatchObject([{ part: 'bodies', message: expect.stringContaining(code) }]);
      expect(emulator.health()).toMatchObject({ status: 'degraded', problems: ['bodies'] });
      for (const text of logOf(batchId)) expect(text).toContain(code);
      expect(emulator.batch(next)).toMatchObject({ status: 'complete', failure: undefined });
      expect(emulator.profiles('demo').items.map(({ id }) => id.value)).toEqual(['N']);
    },
  );

  it('damaged between two lives of the process is noticed though a part of it was applied', async () => {
    const batchId = await submit(LARGE);
    await emulator.client('demo').release();
    while (emulator.batch(batchId)!.consumedCount < 2_000) await emulator.step();
    await emulator.close();
    overwrite(spooled(), LARGE.length - 1, '7');
    await start();
    await emulator.drain();
    expect(emulator.batch(batchId)).toMatchObject({ status: 'stuck', failure: { code: 'body-damaged' } });
    expect(emulator.batch(batchId)!.consumedCount).toBeLessThan(9_000);
  });

  it.each([
    ['cut', () => truncateSync(spooled(), 500)],
    ['flipped', () => overwrite(spooled(), 500, '\n\n\n')],
  ])('that is %s after its batch is complete tells no ids any more, and the outcomes stay', async (_, damage) => {
    const batchId = await submit(LARGE);
    await release();
    damage();
    const { items } = emulator.rows(batchId, { limit: 2, cursor: '8000' })!;
    expect(items).toMatchObject([
      { row: 8_001, id: undefined, outcome: 'created' },
      { row: 8_002, id: undefined },
    ]);
  });

  it('that is cut while its rows are being listed tells no ids from then on', async () => {
    const batchId = await submit(LARGE);
    await release();
    expect(emulator.rows(batchId, { limit: 1 })!.items).toMatchObject([{ id: 'C-00000' }]);
    truncateSync(spooled(), 500);
    expect(emulator.rows(batchId, { limit: 1, cursor: '8000' })!.items).toMatchObject([{ id: undefined }]);
  });
});

it('a small body that was changed within the database is noticed as well', async () => {
  const batchId = await submit('batch=thirdPartyId,a\nS,old');
  const database = new Sqlite(join(directory, 'emulator.db'));
  database.prepare('UPDATE batch_body SET bytes = ?').run(Buffer.from('batch=thirdPartyId,a\nS,new'));
  database.close();
  await release();
  expect(emulator.batch(batchId)).toMatchObject({ status: 'stuck', failure: { code: 'body-damaged' } });
  expect(emulator.profiles('demo').items).toEqual([]);
});

it('a body that came in many chunks has the checksum of them all', async () => {
  const chunks = async function* () {
    for (let at = 0; at < LARGE.length; at += 7_919) yield Buffer.from(LARGE.slice(at, at + 7_919));
  };
  const url = 'http://localhost/m2/demo/v2/profile/batchUpdate';
  const stream = ReadableStream.from(chunks());
  const reply = await emulator.fetch(new Request(url, { method: 'POST', body: stream, duplex: 'half' }));
  const batchId = /batchId=([\w-]+)/.exec(await reply.text())![1]!;
  expect(readFileSync(spooled(), 'utf8')).toBe(LARGE);
  await release();
  expect(emulator.batch(batchId)).toMatchObject({ status: 'complete', successfulUpdates: 9_000 });
});

describe('a kept file of customer attributes', () => {
  const FILE = `id,a\n${Array.from({ length: 9_000 }, (_, row) => `C-${String(row).padStart(5, '0')},${String(row % 1000).padStart(3, '0')}`).join('\n')}\n`;
  const upload = async (file = FILE) => {
    await emulator.customerAttributes.setSource('demo', 'crm', { password: 'secret' });
    await emulator.client('demo').setSettings({ attributeFiles: 'half-hourly' });
    return emulator.customerAttributes.upload('demo', 'crm', 'crm.csv', file);
  };
  const applied = async () => {
    await emulator.advance(60 * 60_000);
    return emulator.customerAttributes.files('demo', 'crm').items[0]!;
  };

  it('that is as it was is applied (canary)', async () => {
    await upload();
    expect(await applied()).toMatchObject({ status: 'processed', appliedRows: 9_000 });
  });

  it.each([
    ['loses its last rows', (path: string) => truncateSync(path, FILE.length - 12 * 8), /not what was uploaded/],
    ['has another value', (path: string) => overwrite(path, FILE.length - 2, '7'), /not what was uploaded/],
    ['has a flipped byte in its header row', (path: string) => overwrite(path, 3, 'b'), /not what was uploaded/],
    [
      'is longer by a row',
      (path: string) => writeFileSync(path, 'C-99999,1\n', { flag: 'a' }),
      /not what was uploaded/,
    ],
    ['is gone', (path: string) => rmSync(path), /bytes are gone/],
  ] as const)('that %s fails whole, and says so', async (_, damage, message) => {
    await upload();
    damage(spooled());
    const file = await applied();
    expect(file).toMatchObject({
      status: 'failed',
      appliedRows: 0,
      fault: { message: expect.stringMatching(message) },
    });
    expect(emulator.customerAttributes.record('demo', 'crm', 'C-00001')).toBeUndefined();
  });

  it('that is small, and was kept by an earlier build without a checksum, is applied', async () => {
    await upload('id,a\nC-1,old\n');
    const database = new Sqlite(join(directory, 'emulator.db'));
    database.prepare('UPDATE attribute_file SET body_checksum = NULL').run();
    database.close();
    expect(await applied()).toMatchObject({ status: 'processed', appliedRows: 1 });
  });

  it('that is small, and was changed within the database, fails as well', async () => {
    await upload('id,a\nC-1,old\n');
    const database = new Sqlite(join(directory, 'emulator.db'));
    database.prepare('UPDATE attribute_file SET body = ?').run(Buffer.from('id,a\nC-1,new\n'));
    database.close();
    expect(await applied()).toMatchObject({
      status: 'failed',
      fault: { message: expect.stringMatching(/not what was uploaded/) },
    });
  });

  it.skipIf(!existsSync('/proc/self/fd'))(
    'is closed once it has ended, so that nothing of it is left (skipped without /proc)',
    async () => {
      await upload();
      expect(await applied()).toMatchObject({ status: 'processed' });
      const open = readdirSync('/proc/self/fd').map((name) => {
        try {
          return readlinkSync(`/proc/self/fd/${name}`);
        } catch {
          return '';
        }
      });
      expect(open.filter((path) => path.startsWith(join(directory, 'spool')))).toEqual([]);
    },
  );
});
