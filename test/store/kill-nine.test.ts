/** `kill -9` of a real server, with its writer in a worker, again and again while it works. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { serve, stop, type ServedEmulator } from '../package/run-command.ts';

const tpe = resolve('dist/cli.js');
let directory: string;
let served: ServedEmulator;

beforeEach(async () => {
  directory = join(mkdtempSync(join(tmpdir(), 'tpe-kill-')), 'data');
  await start();
});

afterEach(async () => {
  await kill();
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

async function start(): Promise<void> {
  served = await serve(tpe, ['--data', directory, '--pace', 'immediate']);
}

const kill = () => stop(served, 'SIGKILL');

async function submit(body: string): Promise<string> {
  const reply = await fetch(`${served.url}/m2/demo/v2/profile/batchUpdate`, { method: 'POST', body });
  const text = await reply.text();
  expect(text).toContain('<success>true</success>');
  return /batchId=([\w-]+)/.exec(text)![1]!;
}

async function control<Answer>(path: string): Promise<Answer> {
  return (await (await fetch(`${served.url}/__emulator/${path}`)).json()) as Answer;
}

interface BatchView {
  readonly batchId: string;
  readonly status: string;
  readonly consumedCount: number;
}

/** Asks until the answer satisfies; each question takes its time on the wire. */
async function batchWhen(batchId: string, satisfies: (batch: BatchView) => boolean): Promise<BatchView> {
  for (;;) {
    const batch = await control<BatchView>(`batches/${batchId}`);
    if (satisfies(batch)) return batch;
  }
}

/** All pages of a list. */
async function all<Item>(path: string, name: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Record<string, unknown> = await control(
      `${path}?limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    items.push(...(page[name] as Item[]));
    cursor = page['next'] as string | null;
  }
  return items;
}

const spoolFiles = () => readdirSync(join(directory, 'spool'));

const ROWS = 120_000;
const CUSTOMERS = 80_000;

/** Two thirds of the customers have one row, the others two, far apart; every tenth thousandth row has an illegal id. */
function largeBatch() {
  const lines = ['batch=thirdPartyId,first,second'];
  const profiles = new Map<string, Record<string, string>>();
  let failed = 0;
  for (let row = 0; row < ROWS; row += 1) {
    const isAgain = row >= CUSTOMERS;
    const id = `C-${row % CUSTOMERS}`;
    if (row % 10_000 === 9_999) {
      lines.push(`bad/${id},x`);
      failed += 1;
    } else {
      lines.push(isAgain ? `${id},,again ${row}` : `${id},once ${row}`);
      profiles.set(id, { ...profiles.get(id), ...(isAgain ? { second: `again ${row}` } : { first: `once ${row}` }) });
    }
  }
  return { body: lines.join('\n'), profiles, failed };
}

it('at any moment of a large batch loses nothing: it completes after the last restart, each row applied once', async () => {
  const { body, profiles, failed } = largeBatch();
  const batchId = await submit(body);
  const next = await submit('batch=thirdPartyId,first\nC-0,last word');

  const seen: number[] = [];
  for (const share of [0, 0.1, 0.3, 0.6, 0.9]) {
    const { consumedCount } = await batchWhen(batchId, (batch) => batch.consumedCount >= share * ROWS);
    seen.push(consumedCount);
    await kill();
    await start();
    expect((await control<BatchView>(`batches/${batchId}`)).consumedCount).toBeGreaterThanOrEqual(consumedCount);
    // The lock of the dead one was taken over.
    expect(readFileSync(join(directory, 'lock.pid'), 'utf8')).toBe(`${served.process.pid}\n`);
  }
  // Otherwise nothing was shown.
  expect(seen.some((consumed) => consumed > 0 && consumed < ROWS)).toBe(true);

  expect(await batchWhen(batchId, ({ status }) => status !== 'incomplete')).toMatchObject({
    status: 'complete',
    batchSize: ROWS,
    consumedCount: ROWS,
    successfulUpdates: ROWS - failed,
    createdProfiles: profiles.size,
    profilesNotFound: 0,
    failedUpdates: failed,
    ignoredRows: 0,
  });
  const rows = await all<{ row: number; outcome: string }>(`batches/${batchId}/rows`, 'rows');
  expect(rows.map(({ row }) => row)).toEqual(Array.from({ length: ROWS }, (_, index) => index + 1));
  expect(rows.filter(({ outcome }) => outcome === 'created')).toHaveLength(profiles.size);
  expect(rows.filter(({ outcome }) => outcome === 'failed')).toHaveLength(failed);

  await batchWhen(next, ({ status }) => status === 'complete');
  // Rule 72: the later batch by thirdPartyId replaces what the first left pending.
  profiles.set('C-0', { first: 'last word' });
  const stored = await all<{ thirdPartyId: string; attributes: Record<string, { value: string }> }>(
    'clients/demo/profiles',
    'profiles',
  );
  const values = stored.map(({ thirdPartyId, attributes }) => [
    thirdPartyId,
    Object.fromEntries(Object.entries(attributes).map(([name, { value }]) => [name, value])),
  ]);
  expect(Object.fromEntries(values)).toEqual(Object.fromEntries(profiles));
  expect(await stop(served)).toMatchObject({ code: 0, stderr: '' });
}, 120_000);

it('after an answer keeps every batch that was answered, and removes the bodies of those that were not', async () => {
  const accepted = await submit(`batch=thirdPartyId,a\n${'C-1,x\n'.repeat(20_000)}`);
  await batchWhen(accepted, ({ status }) => status === 'complete');
  const keptFiles = spoolFiles();
  const cutOff = connect(Number(new URL(served.url).port), '127.0.0.1').on('error', () => undefined);
  cutOff.write(
    'POST /m2/demo/v2/profile/batchUpdate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n' +
      `batch=thirdPartyId,a\n${'C-2,x\n'.repeat(20_000)}`,
  );
  while (spoolFiles().length === keptFiles.length) await control('health');

  const answered: string[] = [];
  const send = async (sender: number) => {
    for (let sent = 0; ; sent += 1) answered.push(await submit(`batch=thirdPartyId,a\nS-${sender}-${sent},x`));
  };
  const sending = Promise.allSettled([1, 2, 3, 4].map(send));
  while (answered.length < 100) await control('health');
  await kill();
  await sending;
  cutOff.destroy();
  await start();

  expect(spoolFiles()).toEqual(keptFiles);
  const ids = new Set((await all<BatchView>('batches', 'batches')).map(({ batchId }) => batchId));
  expect(answered.filter((batchId) => !ids.has(batchId))).toEqual([]);
  for (const batchId of ids) {
    expect(await batchWhen(batchId, ({ status }) => status !== 'incomplete')).toMatchObject({ status: 'complete' });
  }
}, 60_000);
