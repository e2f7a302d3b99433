/** An archive of customer attributes that a process had begun to take apart when it ended: the next one takes it apart, or says why not. */
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createEmulator, type Emulator } from '../../src/server/index.ts';
import { openFileStore } from '../../src/server/jobs/open-store.ts';

let directory: string;
let emulator: Emulator;

const start = async () => {
  emulator = await createEmulator({ pace: 'immediate' }, { store: openFileStore(directory, { writer: 'inline' }) });
};
const spool = () => readdirSync(join(directory, 'spool')).map((name) => join(directory, 'spool', name));
const files = () =>
  emulator.customerAttributes.files('demo', 'crm').items.map(({ status, rows, fault }) => ({ status, rows, fault }));

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-half-'));
  await start();
  await emulator.customerAttributes.setSource('demo', 'crm');
});
afterEach(async () => {
  await emulator.close();
  rmSync(directory, { recursive: true, force: true });
});

const ROWS = 300_000;
const ARCHIVE = gzipSync(
  `id,note\n${Array.from({ length: ROWS }, (_, row) => `C-${row},${((row * 2_654_435_761) % 2 ** 32).toString(36)}\n`).join('')}`,
  { level: 1 },
);

/** Closed while it is being taken apart: of what came out of it by then nothing stays. */
async function closedAmidIt(): Promise<void> {
  const upload = emulator.customerAttributes.upload('demo', 'crm', 'crm.csv.gz', ARCHIVE).catch(() => undefined);
  while (spool().length < 2) await setImmediate();
  await emulator.close();
  await upload;
  expect(spool()).toHaveLength(1);
  expect(statSync(spool()[0]!).size).toBe(ARCHIVE.length);
}

/** Until it has ended. */
async function settled() {
  while (files().some(({ status }) => status === 'waiting' || status === 'applying')) {
    await emulator.drain();
    await setImmediate();
  }
  return files();
}

it('ca-file-csv: is taken apart by the next process, and applied whole', async () => {
  await closedAmidIt();
  await start();
  expect(await settled()).toEqual([{ status: 'processed', rows: ROWS, fault: undefined }]);
  expect(emulator.customerAttributes.record('demo', 'crm', `C-${ROWS - 1}`)).toBeDefined();
});

it.each([
  ['gone', (body: string) => rmSync(body), /gone from the data directory: upload it again/],
  ['cut short', (body: string) => truncateSync(body, 100_000), /is no whole \.gz/],
])('ca-file-csv: whose bytes are %s meanwhile has failed, and says so', async (_, damage, message) => {
  await closedAmidIt();
  damage(spool()[0]!);
  await start();
  expect(await settled()).toMatchObject([
    { status: 'failed', fault: { rule: 'ca-file-csv', message: expect.stringMatching(message) } },
  ]);
});
