/** Files of customer attributes that few ever send: marked, broken in their first line, larger than is held, of a source that goes meanwhile. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { createEmulator, type Emulator } from '../../src/server/index.ts';

let emulator: Emulator;
beforeEach(async () => {
  emulator = await createEmulator({ pace: 'immediate' });
  await emulator.customerAttributes.setSource('demo', 'crm');
});
afterEach(() => emulator.close());

const upload = (content: string | Uint8Array, name = 'crm.csv') =>
  emulator.customerAttributes.upload('demo', 'crm', name, content);
const valueOf = (id: string) =>
  emulator.customerAttributes.record('demo', 'crm', id)?.attributes.map(({ name, value }) => [name, value]);

it('ca-encoding: a byte order mark at its start belongs to no column, with and without a line end after the header row', async () => {
  expect(await upload('\uFEFFid,tier\r\nC-1,gold\r\n')).toMatchObject({ status: 'processed', rows: 1 });
  expect(valueOf('C-1')).toEqual([['crs.crm.tier', 'gold']]);
  expect(await upload('\uFEFFid,tier')).toMatchObject({ status: 'processed', rows: 0 });
  expect(await upload('\uFEFF')).toMatchObject({ status: 'failed', fault: { rule: 'ca-header' } });
});

it('ca-encoding: a header row that is no UTF-8 fails the file, as a row that is none', async () => {
  for (const text of ['id,t\u00e9\nC-1,x\n', 'id,t\nC-1,\u00e9\n'])
    expect(await upload(Buffer.from(text, 'latin1'))).toMatchObject({
      status: 'failed',
      fault: { rule: 'ca-encoding' },
    });
  expect(valueOf('C-1')).toBeUndefined();
});

it('ca-header: a first line of more than a megabyte is no header row', async () => {
  const long = `id,${'x'.repeat(1024 * 1024)}\n`;
  expect(await upload(long)).toMatchObject({ status: 'failed', fault: { rule: 'ca-header', row: 0 } });
});

it('ca-source: a file that waits is not applied to a source that was deleted meanwhile, and says so', async () => {
  await emulator.setSettings('demo', { attributeFiles: 'half-hourly' });
  expect(await upload('id,tier\nC-1,gold\n')).toMatchObject({ status: 'waiting' });
  await emulator.customerAttributes.deleteSource('demo', 'crm');
  await emulator.advance(31 * 60_000);
  expect(emulator.customerAttributes.files('demo', 'crm').items).toMatchObject([
    { status: 'failed', fault: { rule: 'ca-source' } },
  ]);
});

it('ca-size: a file that is larger than what is held at a time is applied whole, by stretches', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tpe-odd-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const watched = join(folder, 'drop');
  await emulator.takeFiles(watched);
  mkdirSync(join(watched, 'demo.crm'));
  // More than 64 MB, of which each row has a tenth.
  const rows = Array.from({ length: 700 }, (_, index) => `C-${index},${String(index).repeat(40_000)}\n`).join('');
  expect(rows.length).toBeGreaterThan(64 * 1024 * 1024);
  writeFileSync(join(watched, 'demo.crm', 'crm.csv'), `id,note\n${rows}`);
  writeFileSync(join(watched, 'demo.crm', 'crm.fin'), '');
  expect(await emulator.takeFiles(watched)).toMatchObject([{ status: 'processed', rows: 700, created: 700 }]);
  for (const index of [0, 1, 630, 699])
    expect(valueOf(`C-${index}`)).toEqual([['crs.crm.note', String(index).repeat(40_000)]]);
});

it('ca-quoting: a quote that is never closed fails a large file by its row, before anything of it is applied', async () => {
  const open = `id,note\nC-1,x\nC-2,"${'y'.repeat(65 * 1024 * 1024)}`;
  expect(await upload(gzipSync(open), 'crm.csv.gz')).toMatchObject({
    status: 'failed',
    fault: { rule: 'ca-quoting', row: 2 },
  });
  expect(valueOf('C-1')).toBeUndefined();
});
