/** What a test harness asks of the emulator, in process and over HTTP: clock, pace, snapshots, isolation. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createEmulator, startEmulator } from '../../src/server/index.ts';
import type { Emulator, EmulatorOptions } from '../../src/server/index.ts';
import { openFileStore, openMemoryStore } from '../../src/server/jobs/open-store.ts';
import { type BuiltWorker, builtWorker } from '../unit/server/jobs/built-worker.ts';
import { getJson, json, openEmulator, send, statusLinkIn } from './support.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const ANN = { kind: 'thirdPartyId', value: 'ann' } as const;

const submit = (url: string, client: string, body = 'batch=thirdPartyId,tier\nann,gold', api = 'v2/') =>
  send(`${url}/m2/${client}/${api}profile/batchUpdate`, { body });
const statusOf = async (link: string) => /<status>(\w+)<\/status>/.exec((await send(link)).text)?.[1];
const tierOf = (emulator: Emulator, client: string) => emulator.profile(client, ANN)?.attributes[0]?.value;
const put = (url: string, value: unknown) => send(url, { method: 'PUT', ...json(value) });
const post = (url: string, value: unknown = {}) => send(url, json(value));

describe('the clock', () => {
  it('lets 24 hours pass at once: what is due is applied, windows, statuses and lifetimes run out', async () => {
    const emulator = await startEmulator({ clock: 'virtual', pace: 'realistic', rateLimit: 'submissions' });
    onTestFinished(() => emulator.close());
    const link = statusLinkIn((await submit(emulator.url, 'demo')).text);
    for (let call = 1; call < 50; call += 1) await submit(emulator.url, 'demo', 'none');
    expect((await submit(emulator.url, 'demo')).status).toBe(503);
    expect(await statusOf(link)).toBe('incomplete');

    const clock = `${emulator.url}/__emulator/clock`;
    const before = (await getJson(clock)) as { ms: number };
    const moved = await post(`${clock}/advance`, { ms: 5 * 60_000 });
    expect(JSON.parse(moved.text)).toEqual({
      kind: 'virtual',
      now: new Date(before.ms + 5 * 60_000).toISOString(),
      ms: before.ms + 5 * 60_000,
      aheadMs: 0,
      frozen: true,
    });
    expect(await statusOf(link)).toBe('complete');
    expect((await submit(emulator.url, 'demo')).status).toBe(200);

    await emulator.advance(DAY_MS + 1);
    expect((await send(link)).status).toBe(404);
    emulator.clock.advance(14 * DAY_MS);
    expect(emulator.profile('demo', ANN)).toBe(undefined);
  });

  it('applies each batch at its own time on the way, and whatever becomes due behind it', async () => {
    const emulator = await startEmulator({ clock: 'virtual' });
    onTestFinished(() => emulator.close());
    const start = emulator.clock.now();
    for (const [client, ms] of [
      ['a', 3 * HOUR_MS],
      ['b', HOUR_MS],
      ['a', 2 * HOUR_MS],
      ['c', 2 * DAY_MS],
    ] as const) {
      await emulator.setPace(client, { kind: 'duration', ms });
      await submit(emulator.url, client);
    }
    await emulator.advance(DAY_MS);
    expect(emulator.clock.now()).toBe(start + DAY_MS);
    const hours = emulator.batches().map(({ completedAt }) => completedAt && (completedAt - start) / HOUR_MS);
    expect(hours).toEqual([undefined, 3, 1, 3]);
  });

  it('is read, moved, set and stopped in process too: batches take its times', async () => {
    const emulator = await startEmulator({ pace: 'manual' });
    onTestFinished(() => emulator.close());
    emulator.clock.freeze();
    emulator.clock.set(Date.UTC(2030, 0, 1));
    await submit(emulator.url, 'demo');
    emulator.clock.advance(HOUR_MS);
    await emulator.release();
    await emulator.drain();
    expect(emulator.batches()).toMatchObject([
      { submittedAt: Date.UTC(2030, 0, 1), completedAt: Date.UTC(2030, 0, 1) + HOUR_MS },
    ]);
    expect([emulator.clock.isFrozen(), emulator.clock.now()]).toEqual([true, Date.UTC(2030, 0, 1) + HOUR_MS]);
    emulator.clock.thaw();
    expect(emulator.clock.isFrozen()).toBe(false);
  });

  it('of the machine can be frozen, set and let go', async () => {
    const emulator = await startEmulator();
    onTestFinished(() => emulator.close());
    const clock = `${emulator.url}/__emulator/clock`;
    await put(clock, { frozen: true, now: '2030-01-01T00:00:00Z' });
    await submit(emulator.url, 'demo');
    await emulator.drain();
    expect(emulator.batches()).toMatchObject([{ submittedAt: Date.UTC(2030, 0, 1), status: 'complete' }]);
    expect(JSON.parse((await put(clock, { frozen: false })).text)).toMatchObject({ kind: 'real', frozen: false });
    expect(emulator.clock.now()).toBeGreaterThanOrEqual(Date.UTC(2030, 0, 1));
  });

  it.each([
    ['PUT', '/clock', { now: 'soon' }, ['now']],
    ['PUT', '/clock', { now: -1 }, ['now']],
    ['PUT', '/clock', { now: '1969-12-31T23:59:59Z' }, ['now']],
    ['PUT', '/clock', { frozen: 'yes', colour: 1 }, ['colour', 'frozen']],
    ['PUT', '/clock', { frozen: false, now: 1 }, ['frozen']],
    ['POST', '/clock/advance', { ms: -1 }, ['ms']],
    ['POST', '/clock/advance', { ms: 8.64e15 }, ['ms']],
    ['POST', '/clock/advance', {}, ['ms']],
    ['PUT', '/clients/demo/pace', { kind: 'duration' }, ['ms']],
    ['PUT', '/clients/demo/pace', { kind: 'polls', polls: -1, ms: 1 }, ['ms', 'polls']],
    ['PUT', '/clients/demo/pace', { kind: 'soon' }, ['kind']],
    ['PUT', '/clients/a.b/pace', { kind: 'manual' }, ['client']],
  ])('%s %s with %j is answered 400, names each path and changes nothing', async (method, path, body, paths) => {
    const emulator = await openEmulator();
    const before = emulator.clock.now();
    const reply = await send(`${emulator.url}/__emulator${path}`, { method, ...json(body) });
    const { error } = JSON.parse(reply.text) as { error: { issues: { path: string }[] } };
    expect([reply.status, error.issues.map((issue) => issue.path).toSorted()]).toEqual([400, paths]);
    expect(emulator.clock.now()).toBe(before);
    expect(await getJson(`${emulator.url}/__emulator/clients`)).toEqual({ clients: [], next: null });
  });
});

describe('a pace', () => {
  it('is said for a client code, holds from the next batch on, and leaves other clients alone', async () => {
    const emulator = await startEmulator({ clock: 'virtual' });
    onTestFinished(() => emulator.close());
    const pace = `${emulator.url}/__emulator/clients/slow/pace`;
    expect(await getJson(pace)).toEqual({ kind: 'immediate' });
    await put(pace, { kind: 'duration', ms: HOUR_MS });
    expect(await getJson(pace)).toEqual({ kind: 'duration', ms: HOUR_MS });
    await submit(emulator.url, 'slow');
    await submit(emulator.url, 'fast');
    await emulator.drain();
    expect([tierOf(emulator, 'slow'), tierOf(emulator, 'fast')]).toEqual([undefined, 'gold']);
    emulator.clock.advance(HOUR_MS);
    await emulator.drain();
    expect(tierOf(emulator, 'slow')).toBe('gold');
  });

  it('of n polls answers incomplete n times and complete the next time', async () => {
    const emulator = await startEmulator();
    onTestFinished(() => emulator.close());
    const client = emulator.client();
    await client.setPace({ kind: 'polls', polls: 3 });
    const link = statusLinkIn((await submit(emulator.url, client.code)).text);
    const seen = [];
    for (let poll = 0; poll < 5; poll += 1) seen.push(await statusOf(link));
    expect(seen).toEqual(['incomplete', 'incomplete', 'incomplete', 'complete', 'complete']);
  });

  it('may be stuck: the batch is never applied, its body is kept, and the next batch goes on', async () => {
    const emulator = await startEmulator({ clock: 'virtual' });
    onTestFinished(() => emulator.close());
    const client = emulator.client();
    await client.setPace({ kind: 'stuck', ms: HOUR_MS });
    const link = statusLinkIn((await submit(emulator.url, client.code)).text);
    await client.setPace({ kind: 'immediate' });
    await submit(emulator.url, client.code, 'batch=thirdPartyId,tier\nann,silver');
    await emulator.drain();
    expect(await statusOf(link)).toBe('incomplete');
    emulator.clock.advance(HOUR_MS);
    await emulator.drain();
    expect(await statusOf(link)).toBe('stuck');
    expect(client.batches()).toMatchObject([{ status: 'complete' }, { status: 'stuck', body: 'kept' }]);
    expect(tierOf(emulator, client.code)).toBe('silver');
  });

  it('of one batch can be changed while it waits, and released', async () => {
    const emulator = await startEmulator({ pace: 'manual' });
    onTestFinished(() => emulator.close());
    await submit(emulator.url, 'demo');
    await submit(emulator.url, 'demo', 'batch=thirdPartyId,tier\nann,silver');
    const [second, first] = emulator.batches().map(({ batchId }) => `${emulator.url}/__emulator/batches/${batchId}`);
    expect(await getJson(`${first}/pace`)).toEqual({ pace: { kind: 'manual' }, dueAt: null, pollsLeft: null });
    expect((await post(`${first}/release`)).status).toBe(204);
    expect(JSON.parse((await put(`${second}/pace`, { kind: 'polls', polls: 2 })).text)).toEqual({
      pace: { kind: 'polls', polls: 2 },
      dueAt: null,
      pollsLeft: 2,
    });
    await emulator.drain();
    expect(tierOf(emulator, 'demo')).toBe('gold');
    expect((await put(`${first}/pace`, { kind: 'manual' })).status).toBe(409);
    expect((await put(`${emulator.url}/__emulator/batches/none/pace`, { kind: 'manual' })).status).toBe(404);
  });
});

describe('applying by hand', () => {
  it('a slice at a time, then all that is left, over HTTP and in process', async () => {
    const emulator = await openEmulator({}, { store: openMemoryStore({ sliceRowsMax: 2 }) });
    const five = `batch=thirdPartyId,tier\n${['a', 'b', 'c', 'd', 'e'].map((id) => `${id},gold`).join('\n')}`;
    for (const client of ['one', 'two']) await submit(emulator.url, client, five);
    const [two, one] = emulator.batches();
    const consumed = () => emulator.batches().map(({ consumedCount }) => consumedCount);
    const step = async () => JSON.parse((await post(`${emulator.url}/__emulator/step`)).text) as object;
    expect([await step(), consumed()]).toEqual([{ rows: 2, completed: [], more: true }, [0, 2]]);
    expect([await emulator.step(), consumed()]).toEqual([
      { rows: 2, completed: [], nextDueAt: undefined, more: true },
      [2, 2],
    ]);
    await step();
    await step();
    expect([await step(), consumed()]).toEqual([
      { rows: 2, completed: [one!.batchId, two!.batchId], more: false },
      [5, 5],
    ]);
    await submit(emulator.url, 'one', five);
    expect((await post(`${emulator.url}/__emulator/drain`)).status).toBe(204);
    expect(emulator.batches().map(({ status }) => status)).toEqual(['complete', 'complete', 'complete']);
  });

  it('what was released, of one client code or of all, and of a batch whose pace was changed', async () => {
    const emulator = await openEmulator({ pace: 'manual' });
    for (const client of ['one', 'two', 'three']) await submit(emulator.url, client);
    const status = async () => {
      await emulator.drain();
      return emulator.batches().map((batch) => batch.status);
    };
    expect(await status()).toEqual(['incomplete', 'incomplete', 'incomplete']);
    expect((await post(`${emulator.url}/__emulator/clients/one/release`)).status).toBe(204);
    expect(await status()).toEqual(['incomplete', 'incomplete', 'complete']);
    const [three, , one] = emulator.batches();
    expect(await emulator.setBatchPace(three!.batchId, { kind: 'duration', ms: HOUR_MS })).toBe(true);
    expect(await emulator.setBatchPace(one!.batchId, { kind: 'manual' })).toBe(false);
    expect(await emulator.setBatchPace('none', { kind: 'manual' })).toBe(false);
    await emulator.advance(HOUR_MS);
    expect(await status()).toEqual(['complete', 'incomplete', 'complete']);
    await emulator.release();
    expect(await status()).toEqual(['complete', 'complete', 'complete']);
  });
});

describe('a client code', () => {
  it('is a fresh one at each call, the same ones for the same seed, and known before its first use', async () => {
    const codes = async (options: EmulatorOptions) => {
      const emulator = await startEmulator(options);
      onTestFinished(() => emulator.close());
      const created = JSON.parse((await post(`${emulator.url}/__emulator/clients`)).text) as { client: string };
      const all = [created.client, emulator.clientCode(), emulator.client().code];
      expect((await submit(emulator.url, all[2]!)).text).toContain('<success>true</success>');
      expect((await submit(emulator.url, 'stranger')).text).toContain('<success>false</success>');
      return all;
    };
    const first = await codes({ mode: 'strict', seed: 7 });
    expect(new Set(first).size).toBe(3);
    expect(await codes({ mode: 'strict', seed: 7 })).toEqual(first);
    expect(await codes({ mode: 'strict', seed: 8 })).not.toEqual(first);
  });

  it('that is dropped leaves nothing to see, and starts anew', async () => {
    const emulator = await openEmulator();
    const client = emulator.client('demo');
    await client.setPace({ kind: 'manual' });
    const link = statusLinkIn((await submit(emulator.url, 'demo')).text);
    await client.seedProfiles([{ id: ANN, attributes: { tier: 'gold' } }]);
    await client.drop();
    expect(client.profile(ANN)).toBe(undefined);
    expect(client.batches()).toEqual([]);
    expect((await send(link)).status).toBe(404);
    expect(await getJson(`${emulator.url}/__emulator/clients`)).toEqual({ clients: [], next: null });
    expect(await getJson(`${emulator.url}/__emulator/clients/demo/profiles`)).toEqual({ profiles: [], next: null });
    expect(await getJson(`${emulator.url}/__emulator/clients/demo/pace`)).toEqual({ kind: 'immediate' });
  });

  it('means nothing to another emulator of the same process', async () => {
    const [one, other] = [await openEmulator({ seed: 1 }), await openEmulator({ seed: 1 })];
    const code = one.clientCode();
    expect(other.clientCode()).toBe(code);
    await submit(one.url, code);
    one.clock.advance(DAY_MS);
    await one.drain();
    await other.drain();
    expect([tierOf(one, code), tierOf(other, code)]).toEqual(['gold', undefined]);
    expect([one.batches().length, other.batches().length]).toEqual([1, 0]);
    expect(one.clock.now() - other.clock.now()).toBe(DAY_MS);
    await one.close();
    expect((await submit(other.url, code)).status).toBe(200);
  });
});

let worker: BuiltWorker;
beforeAll(async () => {
  worker = await builtWorker();
});
afterAll(() => worker.remove());

describe.each(['memory', 'inline', 'worker'] as const)('a snapshot, store: %s', (kind) => {
  const open = async (options: EmulatorOptions = {}) => {
    if (kind === 'memory') return openEmulator(options);
    const store = openFileStore(temporaryDirectory(), { writer: kind, workerUrl: worker.url });
    return openEmulator(options, { store });
  };

  it('brings back profiles, batches, bodies, settings, paces, counts, chance and the time', async () => {
    const emulator = await open({ rateLimit: 'submissions' });
    const large = `batch=thirdPartyId,tier\n${'ann,gold\n'.repeat(10_000)}`;
    await emulator.setPace('demo', { kind: 'duration', ms: HOUR_MS });
    await submit(emulator.url, 'demo', large);
    await emulator.seedProfiles('demo', [{ id: ANN, attributes: { tier: 'bronze' } }]);
    const before = { batches: emulator.batches(), now: emulator.clock.now() };
    const snapshot = await emulator.snapshot();
    expect(snapshot).toEqual({ id: 1, takenAt: before.now, bytes: expect.any(Number) });

    const rehearse = async () => {
      emulator.clock.advance(HOUR_MS);
      await emulator.drain();
      await emulator.setPace('demo', { kind: 'manual' });
      const reply = await submit(emulator.url, 'demo');
      await emulator.seedProfiles('other', [{ id: ANN, attributes: { colour: 'red', tier: 'x' } }]);
      const [, applied] = emulator.batches('demo');
      const rows = await getJson(`${emulator.url}/__emulator/batches/${applied!.batchId}/rows?limit=2`);
      return { link: new URL(statusLinkIn(reply.text)).search, tier: tierOf(emulator, 'demo'), applied, rows };
    };
    const first = await rehearse();
    expect(first).toMatchObject({ tier: 'gold', applied: { status: 'complete', consumedCount: 10_000 } });
    await emulator.dropClient('demo');
    await emulator.drain();

    await emulator.restore(snapshot);
    expect({ batches: emulator.batches(), now: emulator.clock.now() }).toEqual(before);
    expect([tierOf(emulator, 'demo'), tierOf(emulator, 'other')]).toEqual(['bronze', undefined]);
    expect(await rehearse()).toEqual(first);
  });

  it('is bounded in number, and refused ones leave nothing behind', async () => {
    const emulator = await open();
    for (let count = 0; count < 8; count += 1) await emulator.snapshot();
    await expect(emulator.snapshot()).rejects.toMatchObject({ code: 'snapshots-full' });
    await emulator.discard({ id: 3, takenAt: 0, bytes: 0 });
    await emulator.snapshot();
    await expect(emulator.restore({ id: 3, takenAt: 0, bytes: 0 })).rejects.toThrow('discarded');
  });

  it('is taken, listed, restored and discarded over HTTP', async () => {
    const emulator = await open();
    const url = `${emulator.url}/__emulator/snapshots`;
    const taken = await post(url);
    const view = JSON.parse(taken.text) as { snapshot: string };
    expect([taken.status, await getJson(url)]).toEqual([201, { snapshots: [view] }]);
    await submit(emulator.url, 'demo');
    expect((await post(`${url}/${view.snapshot}/restore`)).status).toBe(204);
    expect(emulator.batches()).toEqual([]);
    expect((await send(`${url}/${view.snapshot}`, { method: 'DELETE' })).status).toBe(204);
    expect((await post(`${url}/${view.snapshot}/restore`)).status).toBe(404);
    expect((await post(`${url}/../restore`)).status).toBe(404);
  });
});

it('a data directory keeps no snapshot after its emulator', async () => {
  const directory = temporaryDirectory();
  const store = openFileStore(directory, { writer: 'inline' });
  const emulator = await createEmulator({}, { store, drive: 'by-hand' });
  await emulator.snapshot();
  expect(readdirSync(directory)).toContain('snapshots');
  await emulator.close();
  expect(readdirSync(directory)).not.toContain('snapshots');
});

it('an emulator closes itself at the end of a block', async () => {
  let url: string;
  {
    await using emulator = await startEmulator();
    url = emulator.url;
    expect((await send(`${url}/__emulator/health`)).status).toBe(200);
  }
  await expect(send(`${url}/__emulator/health`)).rejects.toThrow('ECONNREFUSED');
});

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tpe-harness-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
