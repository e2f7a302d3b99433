/** One client code in the hand of a test: the handle, and the fixtures that give it to tests of any runner. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/protocol/vocabulary/index.ts';
import { VerificationError } from '../../src/server/index.ts';
import { testClient, useEmulator, withEmulator } from '../../src/testing/index.ts';
import { emulatorTest, emulatorTestWith } from '../../src/testing/vitest.ts';
import { getJson, openEmulator, send, thrownBy } from './support.ts';

const ANN = { kind: 'thirdPartyId', value: 'ann' } as const;
const FILE = 'batch=thirdPartyId,tier\nann,gold\n';

describe('the handle of a client code', () => {
  it('sets and shows faults of its own: another client code and those for all stay as they are', async () => {
    const emulator = await openEmulator();
    const [one, other] = [testClient(emulator), testClient(emulator)];
    emulator.faults.set({ refuse: { times: 1 } });
    one.faults.set({ status: { code: 502, times: 1 } });
    expect([one.faults.get(), other.faults.get()]).toEqual([emulator.faults.get(one.code), {}]);
    expect(emulator.faults.get()).toHaveProperty('refuse');
    const submit = async ({ batchUrl }: typeof one) => (await send(batchUrl('v2'), { body: FILE })).status;
    emulator.faults.set({});
    one.faults.set({ status: { code: 502, times: 1 } });
    expect([await submit(other), await submit(one), await submit(one)]).toEqual([200, 502, 200]);
    one.faults.set({});
    expect(one.faults.get()).toEqual({});
  });

  it('refuses wrong faults with each place named, and keeps what was set', async () => {
    const emulator = await openEmulator();
    const client = emulator.client();
    client.faults.set({ refuse: {} });
    const before = client.faults.get();
    const wrong = { status: { code: 200 }, thunder: {} };
    expect(thrownBy(() => client.faults.set(wrong as never))).toMatchObject({
      issues: [{ path: ['status', 'code'] }, { code: 'unrecognized_keys', keys: ['thunder'] }],
    });
    expect(client.faults.get()).toEqual(before);
  });

  it('reads, verifies and clears what was asked in its name, and nothing else', async () => {
    const emulator = await openEmulator();
    const [one, other] = [testClient(emulator), testClient(emulator)];
    for (const client of [one, other, one]) await send(client.batchUrl('v2'), { body: FILE });
    expect(one.journal.read().entries.map(({ client, sequence }) => [client, sequence])).toEqual([
      [one.code, 1],
      [one.code, 3],
    ]);
    const [first] = one.journal.read({ limit: 1 }).entries;
    expect(one.journal.read({ operation: 'submit', cursor: String(first!.sequence) }).entries).toHaveLength(1);
    expect([one.journal.verify(), one.journal.verify({ operation: 'submit', times: 2 })]).toEqual([2, 2]);
    const failed = thrownBy(() => other.journal.verify({ method: 'POST', times: 2 }));
    expect(failed).toBeInstanceOf(VerificationError);
    expect(failed).toMatchObject({ code: 'not-verified', seen: [{ client: other.code, sequence: 2 }] });
    // Without types one may ask for another's; it is one's own that is looked at.
    expect(one.journal.verify({ client: other.code, times: 2 } as never)).toBe(2);

    one.journal.clear();
    expect([one.journal.read().entries, other.journal.read().entries.length]).toEqual([[], 1]);
    expect(one.journal.verify({ times: 0 })).toBe(0);
  });

  it('says that it cannot tell where no journal is kept', async () => {
    const emulator = await openEmulator({ journal: 'off' });
    const { journal } = emulator.client();
    expect(thrownBy(() => journal.read())).toMatchObject({ code: 'journal-off' });
    expect(thrownBy(() => journal.verify({ times: 0 }))).toMatchObject({ code: 'journal-off' });
    expect(() => journal.clear()).not.toThrow();
  });

  it('seeds, shows, explains, visits, paces, releases and drops for its own client code', async () => {
    const emulator = await openEmulator();
    const client = testClient(emulator);
    await client.seedProfiles([{ id: ANN, attributes: { city: 'Rome' } }]);
    await client.setPace({ kind: 'manual' });
    expect(await client.submit(FILE)).toMatchObject({ status: 'incomplete', client: client.code });
    await client.release();
    await emulator.drain();
    expect(client.batches()).toMatchObject([{ status: 'complete', successfulUpdates: 1 }]);
    expect(client.explain(ANN, 'tier')).toMatchObject({ attributes: [{ name: 'tier', value: 'gold', row: 1 }] });
    const { pcId } = await client.visit({ thirdPartyId: 'ann' });
    const names = client.profile({ kind: 'pcId', value: pcId })?.attributes.map(({ name }) => name);
    expect(names?.toSorted()).toEqual(['city', 'tier']);
    await client.drop();
    expect([client.profile(ANN), client.explain(ANN), client.batches()]).toEqual([undefined, undefined, []]);
  });

  it('takes readings of its own, from its next batch on: another client code keeps its own', async () => {
    const emulator = await openEmulator();
    const [one, other] = [testClient(emulator), testClient(emulator)];
    const [wide, strict] = ['batch=pcId,a\n1,x,y', { surplusCells: 'fail', statusShape: 'tt' }] as const;
    await one.submit(wide);
    expect(await one.setSettings(strict)).toEqual({ ...DEFAULT_SETTINGS, ...strict });
    expect(await one.setSettings({ statusShape: '2020' })).toMatchObject({ surplusCells: 'fail', statusShape: '2020' });
    for (const client of [one, other]) await client.submit(wide);
    expect(one.batches()).toMatchObject([{ failedUpdates: 1 }, { failedUpdates: 0 }]);
    expect(other.batches()).toMatchObject([{ failedUpdates: 0 }]);
    const wrong = { statusShape: '1999', surplusCells: 'ignore' } as never;
    await expect(one.setSettings(wrong)).rejects.toMatchObject({ issues: [{ path: ['statusShape'] }] });
    await expect(emulator.setSettings('a b', {})).rejects.toThrow('client code');
    expect((await one.submit(wide)).failedUpdates).toBe(1);
  });

  it('refuses a wrong pace and wrong readings before the client code is created', async () => {
    const emulator = await openEmulator();
    await expect(emulator.setPace('new', { kind: 'polls' } as never)).rejects.toMatchObject({
      issues: [{ path: ['polls'] }],
    });
    await expect(emulator.setSettings('new', { colour: 1 } as never)).rejects.toThrow('colour');
    await expect(emulator.setPace('a b', { kind: 'manual' })).rejects.toThrow('client code');
    expect(await getJson(`${emulator.url}/__emulator/clients`)).toEqual({ clients: [], next: null });
  });

  it('submits by either version, and says why where the file is refused', async () => {
    const emulator = await openEmulator();
    const client = testClient(emulator);
    expect(await client.submit(FILE, 'v1')).toMatchObject({ api: 'v1', profilesNotFound: 1 });
    await expect(client.submit('nonsense')).rejects.toThrow('The batch was refused with 200');
  });
});

describe('the fixtures', () => {
  it('withEmulator gives one test an emulator, and closes it whatever happens', async () => {
    let url = '';
    const result = await withEmulator({ seed: 7 }, async (client) => {
      url = client.url;
      client.faults.set({ stuck: {} });
      return (await client.submit(FILE)).status;
    });
    expect(result).toBe('stuck');
    await expect(send(`${url}/__emulator/health`)).rejects.toThrow('ECONNREFUSED');
    const failing = withEmulator({}, async (client) => {
      ({ url } = client);
      throw new Error('as tests do');
    });
    await expect(failing).rejects.toThrow('as tests do');
    await expect(send(`${url}/__emulator/health`)).rejects.toThrow('ECONNREFUSED');
  });

  it('useEmulator starts and stops with the hooks of any runner, and gives another client code each time', async () => {
    const hooks: (() => Promise<void>)[] = [];
    const freshClient = useEmulator({ before: (start) => hooks.push(start), after: (stop) => hooks.push(stop) });
    const [start, stop] = hooks as [() => Promise<void>, () => Promise<void>];
    expect(() => freshClient()).toThrow('between before() and after()');
    await start();
    const [one, other] = [freshClient(), freshClient()];
    await one.submit(FILE);
    expect([one.url === other.url, one.code === other.code]).toEqual([true, false]);
    expect([one.journal.verify({ operation: 'submit' }), other.journal.verify({ times: 0 })]).toEqual([1, 0]);
    await stop();
    expect(() => freshClient()).toThrow('between before() and after()');
  });
});

describe('a call without types that leaves something out', () => {
  const hooks = { beforeAll: () => undefined, afterAll: () => undefined };
  const call = (method: (...args: never) => unknown, ...args: readonly unknown[]) =>
    Reflect.apply(method, undefined, args) as unknown;
  const noOptions = async () => undefined;
  it.each<[string, () => unknown, string]>([
    ['useEmulator()', () => call(useEmulator), 'useEmulator takes'],
    ['useEmulator(null)', () => call(useEmulator, null), 'useEmulator takes'],
    ['useEmulator({ beforeAll, afterAll })', () => call(useEmulator, hooks), 'before: beforeAll, after: afterAll'],
    ['withEmulator()', () => call(withEmulator), 'withEmulator takes'],
    ['withEmulator(fn)', () => call(withEmulator, noOptions), 'withEmulator({}, async'],
    ['testClient()', () => call(testClient), 'testClient(await startEmulator())'],
    ['testClient(5)', () => call(testClient, 5), 'testClient(await startEmulator())'],
  ])('%s is told how it is meant', async (_, work, text) => {
    const error = await (async () => work())().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(text);
  });

  it('or names a version that the API does not have, takes no other one for it', async () => {
    const client = testClient(await openEmulator());
    expect(() => client.batchUrl('v3' as never)).toThrow(`no "v3"`);
    await expect(client.submit(FILE, 'V2' as never)).rejects.toThrow(`no "V2"`);
    expect(client.batches()).toEqual([]);
  });
});

describe.concurrent('emulatorTest', () => {
  const seen = new Set<string>();
  for (const turn of [1, 2, 3]) {
    emulatorTest(`gives each test a client code of its own, faults and journal too (${turn})`, async ({ client }) => {
      expect(seen.has(client.code)).toBe(false);
      seen.add(client.code);
      client.faults.set({ status: { code: 500 + turn, times: turn } });
      for (let call = 0; call < turn; call += 1) await send(client.batchUrl('v2'), { body: FILE });
      await client.submit(FILE);
      expect(client.journal.verify({ status: 500 + turn, times: turn })).toBe(turn);
      expect(client.journal.read({ kind: 'fault' }).entries).toHaveLength(turn);
    });
  }
});

emulatorTestWith({ clock: 'virtual', pace: 'realistic' })(
  'emulatorTestWith gives an emulator with these options',
  async ({ client, emulator }) => {
    expect((await client.submit(FILE)).status).toBe('incomplete');
    await emulator.advance(24 * 60 * 60 * 1000);
    expect(client.batches()).toMatchObject([{ status: 'complete' }]);
  },
);
