/** Our own API: every endpoint, and everything wrong that can be sent to it. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/protocol/vocabulary/index.ts';
import { DOCUMENTED_SAMPLE, getJson, json, openEmulator, send } from './support.ts';

const ISO = '2026-01-01T00:00:00.000Z';

describe('health', () => {
  it('tells version, pace and seed', async () => {
    const emulator = await openEmulator({ pace: 'manual', seed: 7 });
    expect(await getJson(`${emulator.url}/__emulator/health`)).toEqual({
      status: 'ok',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      pace: 'manual',
      seed: 7,
      problems: [],
    });
  });

  it('answers 503 once a step has failed', async () => {
    const { openMemoryStore } = await import('../../src/server/jobs/open-store.ts');
    const store = openMemoryStore();
    const writer = { ...store.writer, step: () => Promise.reject(new Error('disk full')) };
    const emulator = await openEmulator(
      {},
      { drive: 'pump', store: { ...store, writer }, on: { failure: () => undefined } },
    );
    await expect(emulator.drain()).rejects.toThrow('disk full');
    const reply = await send(`${emulator.url}/__emulator/health`);
    expect([reply.status, JSON.parse(reply.text).status]).toEqual([503, 'failed']);
  });
});

describe('batches', () => {
  it('are listed newest first, in pages, by client, with all counters and diagnostics', async () => {
    const emulator = await openEmulator();
    for (const client of ['a', 'b', 'a']) {
      await send(`${emulator.url}/m2/${client}/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE });
      emulator.time.advance(1000);
    }
    const list = (query: string) =>
      getJson(`${emulator.url}/__emulator/batches${query}`) as Promise<{
        batches: { batchId: string; client: string }[];
        next: string | null;
      }>;

    const all = await list('');
    expect(all.batches.map(({ client }) => client)).toEqual(['a', 'b', 'a']);
    expect(all.next).toBe(null);
    expect((await list('?client=a')).batches).toHaveLength(2);
    const paged = [];
    for (let cursor = ''; ;) {
      const page = await list(`?limit=1${cursor}`);
      paged.push(...page.batches);
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(paged).toEqual(all.batches);

    await emulator.drain();
    const last = all.batches.at(-1)!.batchId;
    expect(await getJson(`${emulator.url}/__emulator/batches/${last}`)).toEqual({
      batchId: last,
      client: 'a',
      api: 'v1',
      status: 'complete',
      batchSize: 4,
      consumedCount: 4,
      successfulUpdates: 0,
      profilesNotFound: 4,
      failedUpdates: 0,
      ignoredRows: 0,
      createdProfiles: 0,
      lostRows: 0,
      failure: null,
      faults: {},
      submittedAt: ISO,
      completedAt: '2026-01-01T00:00:03.000Z',
      body: 'kept',
      diagnostics: [],
      overrides: [],
    });
  });

  it('list their rows, in pages and by outcome, each with its rule and a sentence', async () => {
    const emulator = await openEmulator();
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, {
      body: 'batch=thirdPartyId,a\nann,1\nb/b,2\ncat,\ndan,%zz\nann,5',
    });
    const [batch] = emulator.batches();
    const rows = `${emulator.url}/__emulator/batches/${batch!.batchId}/rows`;
    expect(await getJson(rows)).toEqual({ rows: [], next: null });
    await emulator.drain();
    expect(await getJson(rows)).toEqual({
      rows: [
        { row: 1, id: 'ann', outcome: 'created', rule: 'v2-upsert', message: 'Row 1: a profile was created.' },
        {
          row: 2,
          id: 'b/b',
          outcome: 'failed',
          rule: 'key-3rd-chars',
          column: 1,
          message: "Row 2: thirdPartyId contains '+' or '/'.",
        },
        { row: 3, id: 'cat', outcome: 'ignored', rule: 'empty-only-skipped', message: expect.any(String) },
        {
          row: 4,
          id: 'dan',
          outcome: 'failed',
          rule: 'our-undecodable',
          column: 2,
          message: expect.stringContaining('column 2'),
        },
        { row: 5, id: 'ann', outcome: 'updated', rule: 'v2-upsert', message: 'Row 5: the profile was updated.' },
      ],
      next: null,
    });
    expect(await getJson(`${rows}?outcome=failed&limit=1`)).toMatchObject({
      rows: [{ row: 2 }],
      next: expect.any(String),
    });
    const { next } = (await getJson(`${rows}?outcome=failed&limit=1`)) as { next: string };
    expect(await getJson(`${rows}?outcome=failed&limit=1&cursor=${next}`)).toMatchObject({ rows: [{ row: 4 }] });
  });

  it.each([
    ['/batches?limit=0', 'limit'],
    ['/batches?limit=1001', 'limit'],
    ['/batches?limit=many', 'limit'],
    ['/batches?limit=-1', 'limit'],
    ['/batches?limit=1.5', 'limit'],
    ['/batches?limit=1&limit=2', 'limit'],
    ['/batches?cursor=x', 'cursor'],
    ['/batches?cursor=99999999999999999999', 'cursor'],
    ['/batches?client=a.b', 'client'],
    ['/batches?colour=red', 'colour'],
    ['/batches?__proto__=1', '__proto__'],
    ['/batches/x/rows?outcome=great', 'outcome'],
    ['/batches/x/rows?cursor=-1', 'cursor'],
    ['/clients/demo/profiles?limit=x', 'limit'],
    ['/clients/demo/profiles?cursor=x', 'cursor'],
    ['/clients/a.b/profiles', 'client'],
    ['/clients/a.b/settings', 'client'],
  ])('GET %s is answered 400 and names %s', async (path, issue) => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/__emulator${path}`);
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.text)).toMatchObject({
      error: {
        code: 'bad-input',
        message: expect.stringContaining(issue),
        issues: [{ path: issue, message: expect.any(String) }],
      },
    });
  });

  it.each(['/batches/nothing', '/batches/nothing/rows', '/clients/nobody/settings'])(
    'GET %s is answered 404',
    async (path) => {
      const emulator = await openEmulator();
      const reply = await send(`${emulator.url}/__emulator${path}`);
      expect(reply.status).toBe(404);
      expect(JSON.parse(reply.text)).toMatchObject({ error: { code: expect.stringMatching(/^unknown-/) } });
    },
  );
});

describe('settings', () => {
  it('are changed in part or as a whole, shown, and hold from the next batch on', async () => {
    const emulator = await openEmulator();
    const url = `${emulator.url}/__emulator/clients/demo/settings`;
    const changed = await send(url, { method: 'PUT', ...json({ statusShape: 'tt', surplusCells: 'fail' }) });
    expect([changed.status, JSON.parse(changed.text)]).toEqual([
      200,
      { ...DEFAULT_SETTINGS, statusShape: 'tt', surplusCells: 'fail' },
    ]);
    await send(url, { method: 'PUT', ...json({ statusShape: '2020' }) });
    expect(await getJson(url)).toEqual({ ...DEFAULT_SETTINGS, statusShape: '2020', surplusCells: 'fail' });
    expect(await getJson(`${emulator.url}/__emulator/clients`)).toEqual({
      clients: [{ client: 'demo', settings: { ...DEFAULT_SETTINGS, statusShape: '2020', surplusCells: 'fail' } }],
      next: null,
    });
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: 'batch=pcId,a\n1,x,y' });
    await send(url, { method: 'PUT', ...json(DEFAULT_SETTINGS) });
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: 'batch=pcId,a\n1,x,y' });
    await emulator.drain();
    expect(emulator.batches()).toMatchObject([{ failedUpdates: 0 }, { failedUpdates: 1 }]);
  });

  it.each([
    [{ colour: 'red', taste: 1 }, ['colour', 'taste']],
    [{ statusShape: '1999' }, ['statusShape']],
    [{ body: 'form', rejectionStatus: 404, profileLifetimeDays: 0 }, ['rejectionStatus', 'profileLifetimeDays']],
    [{ profileLifetimeDays: 91 }, ['profileLifetimeDays']],
    [{ profileLifetimeDays: '14' }, ['profileLifetimeDays']],
    [[], ['']],
    [null, ['']],
  ])('%j is answered 400, names each path and changes nothing', async (body, paths) => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/__emulator/clients/demo/settings`, { method: 'PUT', ...json(body) });
    expect(reply.status).toBe(400);
    expect(
      JSON.parse(reply.text)
        .error.issues.map(({ path }: { path: string }) => path)
        .toSorted(),
    ).toEqual(paths.toSorted());
    expect(await getJson(`${emulator.url}/__emulator/clients`)).toEqual({ clients: [], next: null });
  });

  it('a field named __proto__ is refused like any other that does not exist', async () => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/__emulator/clients/demo/settings`, {
      method: 'PUT',
      body: '{"__proto__": {"body": "form"}}',
    });
    expect(reply.status).toBe(400);
  });
});

describe('profiles', () => {
  it('are seeded and listed in pages, hostile names included', async () => {
    const emulator = await openEmulator();
    const url = `${emulator.url}/__emulator/clients/demo/profiles`;
    const names = '{"__proto__":"p","constructor":"c","7":"seven","":"","a,b\\n%2C\\"":"v,\\n%\\u0000"}'.replace(
      '"":"",',
      '',
    );
    const reply = await send(url, {
      body: `{"profiles":[{"pcId":"1.28_20","attributes":${names}},{"thirdPartyId":"__proto__","attributes":{"x":"1","empty":""}},{"pcId":"3"}]}`,
    });
    expect([reply.status, JSON.parse(reply.text)]).toEqual([200, { seeded: 3 }]);
    const listed = [];
    for (let cursor = ''; ;) {
      const page = (await getJson(`${url}?limit=1${cursor}`)) as { profiles: unknown[]; next: string | null };
      listed.push(...page.profiles);
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(listed).toHaveLength(3);
    expect(await getJson(url)).toEqual({ profiles: listed, next: null });
    const [first] = listed.filter((profile) => (profile as { pcId?: string }).pcId?.startsWith('1')) as {
      attributes: object;
    }[];
    expect(Object.entries(first!.attributes).toSorted()).toEqual(
      [
        ['7', 'seven'],
        ['__proto__', 'p'],
        ['a,b\n%2C"', 'v,\n%\0'],
        ['constructor', 'c'],
      ].map(([name, value]) => [name, { value, modifiedAt: ISO, layer: 'base' }]),
    );
    expect(listed).toContainEqual({
      thirdPartyId: '__proto__',
      modifiedAt: ISO,
      attributes: { x: { value: '1', modifiedAt: ISO, layer: 'base' } },
    });

    const fetched = await send(`${emulator.url}/rest/v1/profiles/1?client=demo`);
    const attributes = JSON.parse(fetched.text).profileAttributes as Record<string, { value: string }>;
    expect(
      Object.entries(attributes)
        .map(([name, { value }]) => [name, value])
        .toSorted(),
    ).toEqual([
      ['7', 'seven'],
      ['__proto__', 'p'],
      ['a,b\n%2C"', 'v,\n%\0'],
      ['constructor', 'c'],
    ]);
  });

  it.each([
    ['not JSON', '{', ['']],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), ['']],
    ['empty', '', ['']],
    ['no profiles', '{}', ['profiles']],
    ['an unknown field', '{"profiles":[],"extra":1}', ['extra']],
    ['no id', '{"profiles":[{"attributes":{}}]}', ['profiles[0]']],
    ['both ids', '{"profiles":[{"pcId":"1","thirdPartyId":"2"}]}', ['profiles[0]']],
    ['a blank id', '{"profiles":[{"pcId":"1"},{"pcId":""}]}', ['profiles[1].pcId']],
    ['an illegal id', '{"profiles":[{"thirdPartyId":"a+b"}]}', ['profiles[0].thirdPartyId']],
    [
      'a number for a value',
      '{"profiles":[{"pcId":"1","attributes":{"a":1,"b":"x","c":null}}]}',
      ['profiles[0].attributes.a', 'profiles[0].attributes.c'],
    ],
    ['a list of attributes', '{"profiles":[{"pcId":"1","attributes":["a"]}]}', ['profiles[0].attributes']],
    ['a field too many', '{"profiles":[{"pcId":"1","name":"x"}]}', ['profiles[0].name']],
  ])('seeding with %s is answered 400, names each path and changes nothing', async (_, body, paths) => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/__emulator/clients/demo/profiles`, { body });
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.text).error.issues.map(({ path }: { path: string }) => path)).toEqual(paths);
    expect(await getJson(`${emulator.url}/__emulator/clients`)).toEqual({ clients: [], next: null });
  });

  it('a seed of 1 MiB is read, and one byte more is answered 413', async () => {
    const emulator = await openEmulator();
    const url = `${emulator.url}/__emulator/clients/demo/profiles`;
    const seed = (bytes: number) => {
      const [head, tail] = ['{"profiles":[', ']}'];
      return `${head}${' '.repeat(bytes - head.length - tail.length)}${tail}`;
    };
    expect((await send(url, { body: seed(1024 * 1024) })).status).toBe(200);
    const reply = await send(url, { body: seed(1024 * 1024 + 1) });
    expect([reply.status, JSON.parse(reply.text).error.code]).toEqual([413, 'too-large']);
    const settings = await send(`${emulator.url}/__emulator/clients/demo/settings`, {
      method: 'PUT',
      body: ' '.repeat(1024 * 1024 + 1),
    });
    expect(settings.status).toBe(413);
  });
});

describe('visits', () => {
  it('mrg-map, mrg-create-tnt: link what they name, create what is missing, and say so', async () => {
    const emulator = await openEmulator();
    const visit = async (body: unknown) => {
      const reply = await send(`${emulator.url}/__emulator/clients/demo/visits`, json(body));
      return [reply.status, JSON.parse(reply.text)];
    };
    const [status, first] = await visit({ thirdPartyId: 'ann' });
    expect([status, first]).toEqual([
      200,
      { pcId: expect.stringMatching(/^\d{13}-\d{6}$/), thirdPartyId: 'ann', created: true },
    ]);
    expect(await visit({ thirdPartyId: 'ann' })).toEqual([200, { ...first, created: false }]);
    expect(await visit({ pcId: first.pcId })).toMatchObject([200, { pcId: first.pcId, created: false }]);
    expect(await visit({ pcId: 'p2', thirdPartyId: 'bob' })).toEqual([
      200,
      { pcId: 'p2', thirdPartyId: 'bob', created: true },
    ]);
    expect(await visit({})).toEqual([200, { pcId: expect.not.stringMatching(first.pcId), created: true }]);
  });

  it('v2-override-caveat: a visit between two batches keeps what the first one wrote', async () => {
    const emulator = await openEmulator();
    const apply = async (body: string) => {
      await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body });
      await emulator.drain();
    };
    const names = (id: string) =>
      emulator
        .profile('demo', { kind: 'thirdPartyId', value: id })
        ?.attributes.map(({ name, value }) => `${name}=${value}`)
        .toSorted();
    await apply('batch=thirdPartyId,a,b\nann,1,2\nbob,1,2');
    await send(`${emulator.url}/__emulator/clients/demo/visits`, json({ thirdPartyId: 'ann' }));
    await apply('batch=thirdPartyId,a,b\nann,9\nbob,9');
    expect([names('ann'), names('bob')]).toEqual([['a=9', 'b=2'], ['a=9']]);
  });

  it.each([
    [{ pcId: '' }, 'pcId'],
    [{ thirdPartyId: 'a/b' }, 'thirdPartyId'],
    [{ pcId: 1 }, 'pcId'],
    [{ mboxPC: 'x' }, 'mboxPC'],
    ['x', ''],
  ])('%j is answered 400', async (body, path) => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/__emulator/clients/demo/visits`, json(body));
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.text)).toMatchObject({ error: { issues: [{ path }] } });
    expect(await getJson(`${emulator.url}/__emulator/clients`)).toEqual({ clients: [], next: null });
  });
});

describe('DELETE of a client', () => {
  it('drops profiles, batches and settings of that client and of no other', async () => {
    const emulator = await openEmulator();
    for (const client of ['a', 'b'])
      await send(`${emulator.url}/m2/${client}/v2/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE });
    await emulator.drain();
    const drop = (client: string) => send(`${emulator.url}/__emulator/clients/${client}`, { method: 'DELETE' });
    expect([
      (await drop('a')).status,
      (await drop('a')).status,
      (await drop('nobody')).status,
      (await drop('a.b')).status,
    ]).toEqual([204, 204, 204, 400]);
    expect(await getJson(`${emulator.url}/__emulator/clients`)).toMatchObject({ clients: [{ client: 'b' }] });
    expect(emulator.batches().map(({ client }) => client)).toEqual(['b']);
    expect((await send(`${emulator.url}/rest/v1/profiles/124?client=a`)).status).toBe(404);
    expect((await send(`${emulator.url}/rest/v1/profiles/124?client=b`)).status).toBe(200);
    expect(await getJson(`${emulator.url}/__emulator/clients/a/profiles`)).toEqual({ profiles: [], next: null });
  });
});

it('two emulators in one process never meet', async () => {
  const [one, other] = [await openEmulator(), await openEmulator()];
  await send(`${one.url}/m2/demo/v2/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE });
  await other.drain();
  expect(other.batches()).toEqual([]);
  expect(one.batches()).toMatchObject([{ status: 'incomplete' }]);
});
