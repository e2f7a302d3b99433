/** A client code's own clock: it alone gets older, in everything that time decides, and nobody beside it notices. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmulator } from '../../src/server/index.ts';
import { CLIENTS_AHEAD_MAX } from '../../src/server/runtime/client-clocks.ts';
import { TIME_MS_MAX } from '../../src/server/runtime/steered-clock.ts';
import { testClient } from '../../src/testing/index.ts';
import { emulatorTestWith } from '../../src/testing/vitest.ts';
import { builtWorker } from '../unit/server/jobs/built-worker.ts';
import { getJson, json, NOW, openEmulator, send } from './support.ts';

const TESTS = 100;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const ANN = { kind: 'thirdPartyId', value: 'ann' } as const;
const FILE = 'batch=thirdPartyId,tier\nann,gold\n';

const test = emulatorTestWith({ clock: 'virtual', pace: 'realistic', rateLimit: 'submissions' });

describe.concurrent('life-14d, lim-calls-min: each of a hundred tests side by side', () => {
  for (let number = 1; number <= TESTS; number += 1) {
    test(`test ${number} of ${TESTS} moves its own clock, and finds the time that it has made`, async ({ client }) => {
      const startedAt = NOW;
      expect([client.clock.now(), client.emulator.clock.now()]).toEqual([startedAt, startedAt]);
      const waiting = await client.submit(FILE);
      expect([waiting.status, waiting.submittedAt]).toEqual(['incomplete', startedAt]);
      const ownPace = 5 * MINUTE_MS + number;
      await client.setPace({ kind: 'duration', ms: ownPace });
      const { batchId } = await client.submit('batch=thirdPartyId,tier\nbob,silver\n');
      await client.advance(ownPace - 1);
      expect(client.batches().map(({ status }) => status)).toEqual(['incomplete', 'complete']);
      await client.advance(1);
      expect(client.batch(batchId)).toMatchObject({ status: 'complete', completedAt: startedAt + ownPace });
      expect(client.profile(ANN)?.modifiedAt).toBe(startedAt + 5 * MINUTE_MS);

      // By this client's clock its two calls were made in another minute.
      await client.advance(DAY_MS);
      for (let call = 0; call < 50; call += 1) expect((await post(client.batchUrl('v2'))).status).toBe(200);
      expect((await post(client.batchUrl('v2'))).status).toBe(503);
      const { entries } = client.journal.read();
      expect(entries[0]).toMatchObject({ at: startedAt });
      expect(entries.at(-1)).toMatchObject({ at: startedAt + ownPace + DAY_MS });

      // A profile lives for 14 days, of this client.
      const days = 5 + (number % 9);
      await client.advance(days * DAY_MS);
      expect(client.profile(ANN)?.modifiedAt).toBe(startedAt + ownPace + DAY_MS + ownPace);
      await client.advance(14 * DAY_MS + 1);
      expect(client.profile(ANN)).toBe(undefined);
      expect(client.clock.now()).toBe(startedAt + ownPace + (15 + days) * DAY_MS + 1);
      expect(client.emulator.clock.now()).toBe(startedAt);
    });
  }
});

const post = (url: string) => send(url, { body: FILE });

describe('the clock of a client code', () => {
  it('is a route, tells how far it is ahead, and goes on with the clock of all', async () => {
    const { url, advance } = await openEmulator();
    const clock = (code: string) => `${url}/__emulator/clients/${code}/clock`;
    const moved = await send(`${clock('one')}/advance`, json({ ms: 1_000 }));
    const told = { kind: 'virtual', now: '2026-01-01T00:00:01.000Z', ms: NOW + 1_000, aheadMs: 1_000, frozen: true };
    expect(JSON.parse(moved.text)).toEqual(told);
    await advance(5);
    expect(await getJson(clock('one'))).toMatchObject({ ms: NOW + 1_005, aheadMs: 1_000 });
    expect(await getJson(clock('other'))).toMatchObject({ ms: NOW + 5, aheadMs: 0 });
    expect(await getJson(`${url}/__emulator/clock`)).toMatchObject({ ms: NOW + 5, aheadMs: 0 });
  });

  it('wakes who waits on it: a reply that is late for one client comes when its own time has passed', async () => {
    const emulator = await openEmulator();
    const [one, other] = [testClient(emulator), testClient(emulator)];
    emulator.faults.set({ latency: { ms: 1_000, on: ['fetch'] } });
    const answered: string[] = [];
    const fetched = [one, other].map(async ({ code, url }) => {
      await send(`${url}/rest/v1/profiles/thirdPartyId/ann?client=${code}`);
      answered.push(code);
    });
    await expect.poll(() => emulator.journal.read({ kind: 'fault' }).entries.length).toBe(2);
    one.clock.advance(999);
    one.clock.advance(1);
    await fetched[0];
    expect(answered).toEqual([one.code]);
    expect(one.journal.read({ kind: 'request' }).entries).toMatchObject([{ at: NOW, endedAt: NOW + 1_000 }]);
    emulator.clock.advance(1_000);
    await fetched[1];
    expect(other.journal.read({ kind: 'request' }).entries).toMatchObject([{ at: NOW, endedAt: NOW + 1_000 }]);
  });

  it('drains and steps for one: what is due for another stays where it is', async () => {
    const emulator = await openEmulator();
    const [one, other] = [testClient(emulator), testClient(emulator)];
    for (const client of [other, one, one]) await post(client.batchUrl('v2'));
    const stepped = await one.step();
    expect([stepped.completed.length > 0, stepped.completed.every((id) => one.batch(id))]).toEqual([true, true]);
    await one.drain();
    expect([one, other].map((each) => each.batches().map(({ status }) => status))).toEqual([
      ['complete', 'complete'],
      ['incomplete'],
    ]);
    expect((await send(`${emulator.url}/__emulator/clients/${other.code}/drain`, { method: 'POST' })).status).toBe(204);
    expect(other.batches()[0]?.status).toBe('complete');
  });

  it('is where a snapshot found it, and at the clock of all once its client code is dropped', async () => {
    const emulator = await openEmulator();
    const client = emulator.client('one');
    await client.advance(1_000);
    const taken = await emulator.snapshot();
    await client.advance(1_000);
    await emulator.restore(taken);
    expect(client.clockNow().aheadMs).toBe(1_000);
    await client.drop();
    expect([client.clockNow().aheadMs, client.clock.now()]).toEqual([0, NOW]);
  });

  it('is released by its own time, and a pace that is set anew begins at it', async () => {
    const emulator = await openEmulator({ pace: 'manual' });
    const client = testClient(emulator);
    await client.advance(DAY_MS);
    await client.submit(FILE);
    await client.release();
    await client.drain();
    expect(client.batches()).toMatchObject([{ status: 'complete', completedAt: NOW + DAY_MS }]);
    const { batchId } = await client.submit(FILE);
    await client.setBatchPace(batchId, { kind: 'duration', ms: 7 });
    expect(client.batchPace(batchId)?.dueAt).toBe(NOW + DAY_MS + 7);
    await client.submit(FILE);
    await emulator.release();
    await emulator.drain();
    expect(client.batches().every(({ completedAt }) => completedAt === NOW + DAY_MS)).toBe(true);
  });

  it('lets nobody pass the last date, and no more clients be ahead than are remembered', async () => {
    const emulator = await openEmulator();
    const client = emulator.client('one');
    await expect(client.advance(TIME_MS_MAX - NOW + 1)).rejects.toMatchObject({ issues: [{ path: ['ms'] }] });
    await client.advance(TIME_MS_MAX - NOW);
    await expect(client.advance(1)).rejects.toMatchObject({ issues: [{ path: ['ms'] }] });
    await expect(emulator.advance(1)).rejects.toMatchObject({ issues: [{ path: ['ms'] }] });
    await expect(emulator.changeClock({ now: NOW + 1 })).rejects.toMatchObject({ issues: [{ path: ['now'] }] });
    await expect(emulator.client('other').advance(-1)).rejects.toMatchObject({ issues: [{ path: ['ms'] }] });
    expect(emulator.client('other').clock.now()).toBe(NOW);
    for (let number = 1; number < CLIENTS_AHEAD_MAX; number += 1) emulator.client(`c${number}`).clock.advance(1);
    await expect(emulator.client('late').advance(1)).rejects.toMatchObject({ issues: [{ path: ['client'] }] });
    expect(() => emulator.client('late').clock.advance(1)).toThrow('drop some');
    await emulator.client('c1').drop();
    await emulator.client('late').advance(1);
    expect(emulator.client('late').clock.now()).toBe(NOW + 1);
  });

  it('holds in a data directory too, where another thread writes, while real time goes on', async () => {
    const data = mkdtempSync(join(tmpdir(), 'tpe-own-clocks-'));
    onTestFinished(() => rmSync(data, { recursive: true, force: true }));
    const worker = await builtWorker();
    const emulator = await startEmulator({ data, pace: 'immediate' }, { workerUrl: worker.url });
    onTestFinished(async () => {
      await emulator.close();
      worker.remove();
    });
    const [one, other] = [testClient(emulator), testClient(emulator)];
    for (const client of [one, other]) {
      await client.setPace({ kind: 'duration', ms: DAY_MS });
      await client.submit(FILE);
    }
    await one.advance(DAY_MS);
    expect([one, other].map((client) => client.batches()[0]?.status)).toEqual(['complete', 'incomplete']);
    await one.setPace({ kind: 'immediate' });
    await one.submit(FILE);
    const { submittedAt, completedAt, status } = one.batches()[0]!;
    expect([status, submittedAt > emulator.clock.now() + DAY_MS / 2, completedAt! >= submittedAt]).toEqual([
      'complete',
      true,
      true,
    ]);
  });
});

it("lim-calls-per-user: a sender's calls are counted by the clock of all, however far ahead one of its client codes is", async () => {
  const readings = { rateLimit: 'submissions', rateKey: 'sender' } as const;
  const emulator = await openEmulator({ clock: 'virtual', ...readings });
  const submit = async (code: string) =>
    (await send(`${emulator.url}/m2/${code}/v2/profile/batchUpdate`, { body: FILE })).status;
  await emulator.client('ahead').advance(DAY_MS);
  for (let call = 0; call < 50; call += 1) expect(await submit('ahead')).toBe(200);
  expect([await submit('other'), await submit('ahead')]).toEqual([503, 503]);
  await emulator.advance(MINUTE_MS);
  expect([await submit('other'), await submit('ahead')]).toEqual([200, 200]);
});
