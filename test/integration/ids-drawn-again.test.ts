/** Ids and tokens that a second process on the same data directory, with the same seed, could draw again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createEmulator, type Emulator, type EmulatorOptions } from '../../src/server/index.ts';
import { randomFor } from '../../src/server/runtime/random.ts';
import { openFileStore } from '../../src/server/jobs/open-store.ts';
import { virtualClock } from '../../src/server/runtime/clock.ts';

function restarting(options: EmulatorOptions = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'tpe-ids-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return async <Result>(work: (emulator: Emulator) => Promise<Result>): Promise<Result> => {
    const store = openFileStore(join(directory, 'data'), { writer: 'inline' });
    const emulator = await createEmulator(options, { store, clock: virtualClock(0) });
    const result = await work(emulator);
    await emulator.close();
    return result;
  };
}

async function newcomer(emulator: Emulator): Promise<string> {
  const request = new Request('http://localhost/rest/v1/delivery?client=demo&sessionId=s', {
    method: 'POST',
    body: JSON.stringify({ context: { channel: 'web' } }),
  });
  return ((await (await emulator.fetch(request)).json()) as { id: { tntId: string } }).id.tntId;
}

it('mrg-create-tnt: nobody gets the tntId of a visitor who waits in a session, was forgotten or is over, before a restart or after', async () => {
  const run = restarting({ sessionWrites: 'after-30-minutes' });
  const two = async (emulator: Emulator) => [await newcomer(emulator), await newcomer(emulator)];
  const first = await run(two);
  const second = await run(async (emulator) => {
    const ids = await two(emulator);
    for (const value of [...first, ...ids]) await emulator.deleteProfile('demo', { kind: 'pcId', value });
    return ids;
  });
  const third = await run(two);
  expect(new Set([...first, ...second, ...third]).size).toBe(6);
});

it('mrg-create-tnt: a number that is drawn twice is no id twice, whether its visitor waits in a session or is being written', async () => {
  // Of every two draws the second is the first once more.
  const random = () => {
    const drawn = randomFor(1, 'ids');
    let draws = 0;
    let last = 0;
    return {
      ...drawn,
      integer: (min: number, max: number) => (draws++ % 2 === 1 ? last : (last = drawn.integer(min, max))),
    };
  };
  for (const sessionWrites of ['at-once', 'after-30-minutes'] as const) {
    const emulator = await createEmulator({ sessionWrites }, { clock: virtualClock(0), random });
    onTestFinished(() => emulator.close());
    const visits = Array.from({ length: 20 }, () => emulator.visit('demo', {}));
    const ids = (await Promise.all(visits)).map(({ pcId }) => pcId);
    for (let more = 0; more < 20; more += 1) ids.push((await emulator.visit('demo', {})).pcId);
    expect(new Set(ids).size).toBe(40);
  }
});

it('auth-regenerate: no token that was replaced, revoked or dropped is issued again after a restart', async () => {
  const run = restarting();
  const tokens: string[] = [];
  const issue = async (emulator: Emulator) => void tokens.push((await emulator.issueToken('demo')).accessToken);
  await run(async (emulator) => {
    await issue(emulator);
    await issue(emulator);
  });
  await run(issue);
  await run(async (emulator) => {
    await issue(emulator);
    await emulator.revokeToken('demo');
  });
  await run(async (emulator) => {
    await issue(emulator);
    await emulator.dropClient('demo');
  });
  await run(issue);
  expect(new Set(tokens).size).toBe(6);
});

it('a data directory that nothing was stored in draws what memory draws, however often it was opened', async () => {
  const run = restarting();
  await run(async () => undefined);
  const memory = await createEmulator({}, { clock: virtualClock(0) });
  onTestFinished(() => memory.close());
  expect(await run(newcomer)).toBe(await newcomer(memory));
});
