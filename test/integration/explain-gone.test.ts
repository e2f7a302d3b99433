/** Why: of rows whose profile, outcome or body is not there any more. */
import { expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { fakeContext } from '../unit/cli/fake-context.ts';
import { openMemoryStore } from '../../src/server/jobs/open-store.ts';
import { openEmulator, send } from './support.ts';

type Emulator = Awaited<ReturnType<typeof openEmulator>>;

async function upload(emulator: Emulator, body: string): Promise<string> {
  await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: `batch=${body}` });
  await emulator.drain();
  return emulator.batches('demo')[0]!.batchId;
}

async function explained(emulator: Emulator, ...words: readonly string[]) {
  const context = fakeContext({});
  const code = await runCommandLine(['explain', ...words, '--url', emulator.url], context);
  return { code, printed: context.printed(), complained: context.complained() };
}

function rowOf(emulator: Emulator, batchId: string) {
  const answer = emulator.explainRow(batchId, 1);
  if (answer === undefined || typeof answer === 'string') throw new Error('There is no such row.');
  const { outcome, message, attributes, cells, rules } = answer;
  const states = attributes?.map(({ name, state }) => `${name} ${state}`);
  return { outcome, message, states, hasCells: cells !== undefined, rules: rules.map(({ id }) => id) };
}

it('life-14d: what a row wrote is gone with its profile, and its lifetime is cited; overwritten, it is told by whom', async () => {
  const emulator = await openEmulator();
  const first = await upload(emulator, 'thirdPartyId,tier,city\nann,silver,Bern\n');
  await emulator.visit('demo', { thirdPartyId: 'ann' });
  emulator.time.advance(1_000);
  const second = await upload(emulator, 'thirdPartyId,tier\nann,gold\n');
  await emulator.visit('demo', { thirdPartyId: 'ann' });
  expect(rowOf(emulator, first)).toMatchObject({ states: ['tier overwritten', 'city visible'], rules: ['v2-upsert'] });
  const told = await explained(emulator, '--batch', first, '--row', '1');
  expect([told.code, told.printed.replaceAll(/\s+/g, ' ')]).toEqual([0, expect.stringContaining('overwritten by')]);
  expect(told.printed.replaceAll(/\s+/g, '')).toContain(`${second}row1`);

  await emulator.advance(15 * 24 * 3_600_000);
  expect(rowOf(emulator, first)).toMatchObject({
    states: ['tier gone', 'city gone'],
    rules: ['v2-upsert', 'life-14d'],
  });
  const gone = await explained(emulator, '--batch', first, '--row', '1');
  expect(gone.printed.replaceAll(/\s+/g, ' ')).toContain('gone: by lim-64k-evict, its lifetime or a deletion');
});

it('lim-64k-evict: what went because its profile grew too large cites that limit', async () => {
  const emulator = await openEmulator();
  const first = await upload(emulator, `thirdPartyId,a\nann,${'x'.repeat(40_000)}\n`);
  await emulator.visit('demo', { thirdPartyId: 'ann' });
  emulator.time.advance(1_000);
  await upload(emulator, `thirdPartyId,b\nann,${'y'.repeat(40_000)}\n`);
  await emulator.visit('demo', { thirdPartyId: 'ann' });
  expect(rowOf(emulator, first)).toMatchObject({
    states: ['a gone'],
    rules: ['v2-upsert', 'lim-value-256', 'lim-64k-evict'],
  });
});

it('a row whose outcome and body are evicted is still explained, by what is known', async () => {
  const emulator = await openEmulator({}, { store: openMemoryStore({ retainedBytesMax: 0 }) });
  const batch = await upload(emulator, 'thirdPartyId,tier\nann,silver\n');
  await upload(emulator, 'thirdPartyId,tier\nbob,silver\n');
  expect(rowOf(emulator, batch)).toEqual({
    outcome: undefined,
    message: 'Row 1: what became of it is not kept any more.',
    states: undefined,
    hasCells: false,
    rules: [],
  });
  const { code, printed } = await explained(emulator, '--batch', batch, '--row', '1');
  expect([code, printed]).toEqual([0, expect.stringContaining('Its cells are not kept any more.')]);
});
