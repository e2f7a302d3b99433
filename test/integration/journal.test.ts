/** The journal and its verification: in process, over HTTP, on disk, and under its bounds. */
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { VerificationError } from '../../src/server/index.ts';
import type { Expectation } from '../../src/server/index.ts';
import { openFileStore } from '../../src/server/jobs/open-store.ts';
import { openJournal } from '../../src/server/store/open-journal.ts';
import { type BuiltWorker, builtWorker } from '../unit/server/jobs/built-worker.ts';
import { DOCUMENTED_SAMPLE, NOW, getJson, json, openEmulator, send, thrownBy } from './support.ts';

const V1 = '/m2/demo/profile/batchUpdate';

let worker: BuiltWorker;
beforeAll(async () => {
  worker = await builtWorker();
});
afterAll(() => worker.remove());

describe('the journal', () => {
  it('has every request with what became of it, and refers to the body by digest and batch', async () => {
    const emulator = await openEmulator();
    await send(`${emulator.url}${V1}`, { body: DOCUMENTED_SAMPLE });
    const { batchId } = emulator.batches()[0]!;
    await send(`${emulator.url}/m2/demo/profile/batchStatus?batchId=${batchId}`);
    await send(`${emulator.url}${V1}`, { body: 'nonsense' });
    await send(`${emulator.url}/rest/v1/profiles/123?client=demo`);
    await send(`${emulator.url}/nowhere`);
    const { entries, evicted, next } = emulator.journal.read();
    expect([evicted, next]).toEqual([0, undefined]);
    expect(entries).toMatchObject([
      {
        sequence: 1,
        kind: 'request',
        at: NOW,
        endedAt: NOW,
        method: 'POST',
        path: V1,
        client: 'demo',
        operation: 'submit',
        status: 200,
        batchId,
        content: expect.stringMatching(/^[0-9a-f]{64}$/),
        requestBytes: DOCUMENTED_SAMPLE.length,
        replyBytes: expect.any(Number),
        faults: [],
      },
      { operation: 'status', status: 200, batchId },
      { operation: 'submit', status: 200, cause: 'rule/err-batch-missing' },
      { operation: 'fetch', client: 'demo', status: 404 },
      { path: '/***', status: 404 },
    ]);
    expect(JSON.stringify(entries)).not.toContain('value1');
  });

  it('finds what spoke of a visitor by any of its ids, and writes none of these down for it', async () => {
    const emulator = await openEmulator();
    await emulator.seedProfiles('demo', [{ thirdPartyId: 'C-1', attributes: { tier: 'gold' } }]);
    const asJson = { 'content-type': 'application/json' };
    const delivery = (id: object) =>
      send(`${emulator.url}/rest/v1/delivery?client=demo&sessionId=s1`, {
        headers: asJson,
        body: JSON.stringify({ context: { channel: 'web' }, id, execute: { pageLoad: {} } }),
      });
    await send(`${emulator.url}/rest/v1/profiles/thirdPartyId/C-1?client=demo`);
    await send(`${emulator.url}/rest/v1/profiles/thirdPartyId/C-2?client=demo`);
    await send(`${emulator.url}/m2/demo/profile/update?mbox3rdPartyId=C-1&profile.tier=silver`);
    await delivery({ tntId: 'p1.28_0', thirdPartyId: 'C-1', marketingCloudVisitorId: 'ecid-1' });
    await send(`${emulator.url}/rest/v1/profiles/p1?client=demo`);
    await send(`${emulator.url}/rest/v1/profiles/marketingCloudVisitorId/ecid-1?client=demo`);
    await send(`${emulator.url}/m2/demo/mbox/json?mboxSession=s1&mboxPC=p1&mbox=a`);
    await send(`${emulator.url}/rest/v1/profiles/thirdPartyId/C-1?client=other`);
    await delivery({ tntId: 'p2' });
    const operationsOf = (kind: 'pcId' | 'thirdPartyId' | 'marketingCloudVisitorId', value: string) =>
      emulator.journal.ofVisitor('demo', { kind, value }).entries.map(({ operation }) => operation);
    const all = ['fetch', 'update', 'delivery', 'fetch', 'fetch', 'mbox'];
    expect(operationsOf('thirdPartyId', 'C-1')).toEqual(all);
    expect(operationsOf('pcId', 'p1')).toEqual(all);
    expect(operationsOf('pcId', 'p1.35_0')).toEqual(all);
    expect(operationsOf('thirdPartyId', 'C-2')).toEqual(['fetch']);
    expect(operationsOf('pcId', 'p2')).toEqual(['delivery']);
    expect(operationsOf('pcId', 'unheard-of')).toEqual([]);
    const told = await getJson(`${emulator.url}/__emulator/clients/demo/profiles/thirdPartyId/C-1/journal?limit=2`);
    expect(told).toMatchObject({ entries: [{ operation: 'fetch' }, { operation: 'mbox' }], evicted: 0, earlier: 0 });
    expect(JSON.stringify(emulator.journal.read())).not.toContain('marks');
  });

  it('says how many entries of an earlier run, whose visitors it cannot tell any more, it holds', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'journal-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const fetched = async (emulator: Awaited<ReturnType<typeof openEmulator>>) => {
      await send(`${emulator.url}/rest/v1/profiles/thirdPartyId/C-1?client=demo`);
      return emulator.journal.ofVisitor('demo', { kind: 'thirdPartyId', value: 'C-1' });
    };
    const first = await openEmulator({ data: directory }, { workerUrl: worker.url });
    expect(await fetched(first)).toMatchObject({ entries: [{ sequence: 1 }], earlier: 0 });
    await first.close();
    const second = await openEmulator({ data: directory }, { workerUrl: worker.url });
    expect(await fetched(second)).toMatchObject({ entries: [{ sequence: 2 }], earlier: 1 });
  });

  it('holds neither bearer tokens nor its own readers', async () => {
    const emulator = await openEmulator();
    await send(`${emulator.url}/rest/v1/profiles/1?client=demo&access_token=s3cret&x=1`, {
      headers: { authorization: 'Bearer t0ken' },
    });
    await getJson(`${emulator.url}/__emulator/journal`);
    const page = JSON.stringify(await getJson(`${emulator.url}/__emulator/journal`));
    expect(page).not.toMatch(/s3cret|t0ken|__emulator/);
    expect(page).toContain('x=***');
  });

  it('leaves no bearer token in the data directory, whatever call it came with', async () => {
    const data = await mkdtemp(join(tmpdir(), 'tpe-journal-'));
    onTestFinished(() => rm(data, { recursive: true, force: true }));
    const emulator = await openEmulator({ data }, { workerUrl: worker.url });
    const headers = { authorization: 'Bearer t0ken-t0ken' };
    await send(`${emulator.url}${V1}?access_token=s3cret-s3cret`, { body: DOCUMENTED_SAMPLE, headers });
    const { batchId } = emulator.batches()[0]!;
    await send(`${emulator.url}/m2/demo/profile/batchStatus?batchId=${batchId}&authorization=s3cret-s3cret`, {
      headers,
    });
    await send(`${emulator.url}/m2/demo/profile/update?mbox3rdPartyId=ann&profile.a=1&token=s3cret-s3cret`, {
      headers,
    });
    await send(`${emulator.url}/rest/v1/profiles/1?client=demo`, { headers });
    await emulator.drain();
    expect(emulator.journal.verify({ client: 'demo', times: 4 })).toBe(4);
    await emulator.close();
    const files = await readdir(data, { recursive: true, withFileTypes: true });
    expect(files.map(({ name }) => name)).toContain('journal.db');
    for (const file of files.filter((entry) => entry.isFile())) {
      const text = (await readFile(join(file.parentPath, file.name))).toString('latin1');
      expect(text, file.name).not.toMatch(/t0ken-t0ken|s3cret-s3cret/);
    }
  });

  it('has no personal values of a query unless they are wanted, wherever they were sent', async () => {
    for (const journalValues of [false, true]) {
      const emulator = await openEmulator({ journalValues });
      const query = 'mbox3rdPartyId=ann%40example.com&profile.email=ann%40example.com&profile.tier=gold&tier=silver';
      await send(`${emulator.url}/m2/demo/profile/update?${query}`);
      await send(`${emulator.url}/m2/demo/profile/updates?${query}`);
      // Each name by which some call knows a visitor; `vst.` is that of customer ids in mbox calls.
      for (const name of [
        'vst.crm.id',
        'mbox3rdPartyId',
        'thirdPartyId',
        'tntId',
        'pcId',
        'marketingCloudVisitorId',
        'ecid',
      ])
        for (const path of ['m2/demo/mbox/json', 'rest/v1/profiles/1', 'rest/v1/delivery'])
          await send(`${emulator.url}/${path}?client=demo&${name}=ann%40example.com`);
      await send(`${emulator.url}/m2/demo/profile/batchStatus?batchId=x-1`);
      const text = JSON.stringify(emulator.journal.read().entries);
      expect(text).toContain('profile.email=');
      expect(text).toContain('batchId=x-1');
      expect(/ann(?:%40|@)example|gold/.test(text)).toBe(journalValues);
    }
  });

  it.each([false, true])(
    'leaves ids of visitors in journal.db only where they are wanted: %s',
    async (journalValues) => {
      const data = await mkdtemp(join(tmpdir(), 'tpe-journal-'));
      onTestFinished(() => rm(data, { recursive: true }));
      const emulator = await openEmulator({ data, journalValues }, { workerUrl: worker.url });
      await send(`${emulator.url}${V1}`, { body: 'batch=pcId,a\nv1sitor-1,x\n' });
      await emulator.drain();
      for (const path of [
        'profiles/v1sitor-1',
        'profiles/thirdPartyId/v1sitor%40example.com',
        'profiles/marketingCloudVisitorId/v1sitor-3',
        // What no route takes, and a route by other letters.
        'profiles/thirdPartyId/a/v1sitor-4',
        'Profiles/v1sitor-5',
        '%70rofiles/v1sitor-6',
        'profiles//v1sitor-7',
      ])
        await send(`${emulator.url}/rest/v1/${path}?client=demo`);
      await send(`${emulator.url}/rest/v1/profiles/v1sitor-8?client=demo`, { body: 'x' });
      await send(`${emulator.url}/m2/demo/profile/update?mboxPC=v1sitor-9&profile.a=v1sitor-x`);
      const { batchId } = emulator.batches()[0]!;
      await send(`${emulator.url}/m2/demo/profile/batchStatus?batchId=${batchId}`);
      const written = emulator.journal.read().entries.map((entry) => (entry.kind === 'request' ? entry.path : ''));
      const shown = ['/rest/v1/profiles/***', '/rest/v1/profiles/thirdPartyId/***'];
      expect(written.slice(1, 3)).toEqual(
        journalValues ? ['/rest/v1/profiles/v1sitor-1', '/rest/v1/profiles/thirdPartyId/v1sitor%40example.com'] : shown,
      );
      await emulator.close();
      const files = (await readdir(data)).filter((name) => name.startsWith('journal.db'));
      const bytes = (await Promise.all(files.map((name) => readFile(join(data, name), 'latin1')))).join('');
      expect(bytes.includes('v1sitor')).toBe(journalValues);
      expect(bytes).toContain(batchId);
    },
  );

  it.each([false, true])(
    'writes no id and no value in journal.db or the log, wherever in a target they stray, unless wanted: %s',
    async (journalValues) => {
      const data = await mkdtemp(join(tmpdir(), 'tpe-journal-'));
      onTestFinished(() => rm(data, { recursive: true }));
      const told: unknown[] = [];
      const on = { refused: (request: unknown) => told.push(request) };
      const emulator = await openEmulator({ data, journalValues }, { workerUrl: worker.url, on });
      const targets = [
        '/m2/demo/mbox/json?mbox=a&amp;mbox3rdPartyId=v1sitor&amp;profile.a=v1sitor',
        '/m2/demo/mbox/json?+mboxPC=v1sitor',
        '/m2/demo/mbox/json?v1sitor',
        '/m2/demo/mbox/json?mbox=a;mboxPC=v1sitor',
        '/m2/demo/mbox/json?mboxPC%3Dv1sitor=1',
        '/rest/v1/profile/thirdPartyId/v1sitor',
        '/rest/v1/%70rofiles/thirdPartyId/v1sitor/',
        '/rest/v1/profiles/thirdPartyId//v1sitor',
        '/rest/v1/profiles%2FthirdPartyId%2Fv1sitor',
        '/rest/v1/profiles/v1sitor/target/authentication/token',
        '/m2/demo/profile/update/v1sitor',
        '/m2/demo/mbox/v1sitor',
        '/m2/v1sitor@example.com/profile/update',
        '/m2/demo/profile/update%3Fmbox3rdPartyId=v1sitor',
        '/rest/v1/profiles?client=demo&id=v1sitor',
        '/m2/demo/profile/updat?attr=v1sitor',
        '/rest/v1/delivery?sessionId=v1sitor',
        '/v1sitor',
      ];
      for (const target of targets) await send(`${emulator.url}${target}`);
      await send(`${emulator.url}/rest/v1/profiles/v1sitor`, { body: 'x' });
      const entries = emulator.journal.read().entries as readonly { path: string; query: string }[];
      expect(entries).toHaveLength(targets.length + 1);
      const written = entries.map(({ path, query }) => `${path}${query}`);
      expect(written.slice(5, 7)).toEqual(
        journalValues
          ? targets.slice(5, 7)
          : ['/rest/v1/profile/thirdPartyId/***', '/rest/v1/%70rofiles/thirdPartyId/***/'],
      );
      expect(written[14]).toBe(journalValues ? targets[14] : '/rest/v1/profiles?client=demo&id=***');
      expect(JSON.stringify(told).includes('v1sitor')).toBe(journalValues);
      expect(JSON.stringify(told)).toContain('is not emulated');
      await emulator.close();
      const files = (await readdir(data)).filter((name) => name.startsWith('journal.db'));
      const bytes = (await Promise.all(files.map((name) => readFile(join(data, name), 'latin1')))).join('');
      expect(bytes.includes('v1sitor')).toBe(journalValues);
    },
  );

  it.each([
    ['GET', '/m2/demo/batchMbox'],
    ['PUT', '/m2/demo/target/authentication/token'],
    ['GET', '/demo/target/authentication/token'],
    ['GET', '/m2/demo'],
    ['GET', '/m2/demo/profile'],
    ['GET', '/m2/demo/ubox/json'],
    ['GET', '/m2/demo//v2/profile/batchUpdate'],
    ['POST', '/m2/demo/profile/update'],
    ['GET', '/somewhere/else'],
    ['GET', '/rest/v1/profiles/7'],
  ])('never says that nobody sent %s %s: it has the path, or refuses to tell', async (method, path) => {
    const emulator = await openEmulator();
    await send(`${emulator.url}${path}`, { method });
    for (const pattern of [path, `${path.slice(0, path.lastIndexOf('/'))}/*`]) {
      expect(() => emulator.journal.verify({ path: pattern, times: 0 }), pattern).toThrow(/found 1|names|visitor/);
    }
  });

  it('refuses a question that names a visitor, where no entry does', async () => {
    const emulator = await openEmulator();
    await send(`${emulator.url}/rest/v1/profiles/7?client=demo`);
    const path = '/rest/v1/profiles/7';
    const question = { path, times: 0 };
    for (const ask of [
      () => emulator.journal.verify(question),
      () => emulator.journal.read({ path }),
      () => emulator.journal.latest({ path }),
    ])
      expect(thrownBy(ask)).toMatchObject({
        issues: [{ path: ['path'], message: expect.stringContaining('--journal-values') }],
      });
    const asked = await send(`${emulator.url}/__emulator/verify`, json(question));
    expect([asked.status, asked.text]).toEqual([400, expect.stringContaining('--journal-values')]);
    expect(emulator.journal.verify({ path: '/rest/v1/profiles/*', times: 1 })).toBe(1);
    const keeping = await openEmulator({ journalValues: true });
    await send(`${keeping.url}/rest/v1/profiles/7?client=demo`);
    expect(keeping.journal.verify({ path, times: 1 })).toBe(1);
  });

  it('takes a query of thousands of names, each looked at once', async () => {
    const emulator = await openEmulator();
    const names = Array.from({ length: 3_000 }, (_, index) => index.toString(36));
    await send(`${emulator.url}/rest/v1/profiles/1?${names.join('&')}&token=s3cret`);
    const asked = await send(`${emulator.url}/__emulator/journal?${names.join('&')}&limit=1&limit=2`);
    expect([asked.status, JSON.parse(asked.text).error.issues]).toEqual([
      400,
      [{ path: 'limit', message: 'Given more than once' }],
    ]);
    expect(JSON.stringify(emulator.journal.read())).not.toContain('s3cret');
  });

  it('is filtered and paged over HTTP, and cleared', async () => {
    const emulator = await openEmulator();
    for (const client of ['a', 'b', 'a', 'a']) {
      await send(`${emulator.url}/m2/${client}/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE });
    }
    const read = (query: string) =>
      getJson(`${emulator.url}/__emulator/journal${query}`) as Promise<{
        entries: { sequence: number; client: string; at: string }[];
        next: string | null;
        evicted: number;
      }>;
    const first = await read('?client=a&limit=2');
    expect(first.entries.map(({ sequence }) => sequence)).toEqual([1, 3]);
    expect(first.entries[0]?.at).toBe('2026-01-01T00:00:00.000Z');
    const second = await read(`?client=a&limit=2&cursor=${first.next}`);
    expect([second.entries.map(({ sequence }) => sequence), second.next]).toEqual([[4], null]);
    expect((await read('?status=404')).entries).toEqual([]);
    expect((await read('?path=/m2/*/profile/batchUpdate')).entries).toHaveLength(4);
    expect((await read('?path=/m2/*')).entries).toEqual([]);

    const cleared = await send(`${emulator.url}/__emulator/journal?client=a`, { method: 'DELETE' });
    expect(cleared.status).toBe(204);
    expect((await read('')).entries.map(({ client }) => client)).toEqual(['b']);
    await send(`${emulator.url}/__emulator/clients/b`, { method: 'DELETE' });
    expect((await read('')).entries).toEqual([]);
  });

  it('refuses a wrong query with each path named', async () => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/__emulator/journal?status=x&limit=0&colour=red`);
    const { error } = JSON.parse(reply.text) as { error: { issues: { path: string }[] } };
    expect([reply.status, error.issues.map(({ path }) => path).toSorted()]).toEqual([
      400,
      ['colour', 'limit', 'status'],
    ]);
  });

  it('can be off: then nothing is kept, and saying so is all it does', async () => {
    const emulator = await openEmulator({ journal: 'off' });
    await send(`${emulator.url}${V1}`, { body: DOCUMENTED_SAMPLE });
    expect(thrownBy(() => emulator.journal.verify({ times: 1 }))).toMatchObject({ code: 'journal-off' });
    const reply = await send(`${emulator.url}/__emulator/journal`);
    expect([reply.status, JSON.parse(reply.text).error.code]).toEqual([409, 'journal-off']);
  });

  it('lies in the data directory for nobody else to read, and outlives the emulator', async () => {
    const data = await mkdtemp(join(tmpdir(), 'tpe-journal-'));
    onTestFinished(() => rm(data, { recursive: true, force: true }));
    const store = openFileStore(data, { writer: 'inline' });
    const first = openJournal(data);
    first.add({
      kind: 'fault',
      at: NOW,
      fault: 'stuck',
      client: 'a' as never,
      operation: 'submit',
      content: undefined,
      batchId: undefined,
    });
    first.close();
    expect((await stat(join(data, 'journal.db'))).mode & 0o077).toBe(0);
    const second = openJournal(data);
    expect(second.read({ limit: 10 }).entries).toMatchObject([{ sequence: 1, fault: 'stuck' }]);
    second.close();
    store.reader.close();
    await store.writer.close();
    expect(await readdir(data)).toContain('journal.db');
    expect((await readFile(join(data, 'journal.db'))).length).toBeGreaterThan(0);
  });
});

describe('verify', () => {
  const asked = async () => {
    const emulator = await openEmulator();
    for (let turn = 0; turn < 2; turn += 1) await send(`${emulator.url}${V1}`, { body: DOCUMENTED_SAMPLE });
    return emulator;
  };

  it.each<[Expectation]>([
    [{ method: 'POST', path: V1, times: 2 }],
    [{ client: 'demo', operation: 'submit' }],
    [{ client: 'demo', times: { atLeast: 1, atMost: 2 } }],
    [{ client: 'other', times: 0 }],
  ])('holds for %j', async (expectation) => {
    const emulator = await asked();
    const count = emulator.journal.verify(expectation);
    const reply = await send(`${emulator.url}/__emulator/verify`, json(expectation));
    expect([reply.status, JSON.parse(reply.text)]).toEqual([200, { count }]);
  });

  it('fails with what was expected, what was found, and what was seen instead', async () => {
    const emulator = await asked();
    const error = thrownBy(() => emulator.journal.verify({ path: '/m2/demo/v2/profile/batchUpdate', times: 1 }));
    expect(error).toBeInstanceOf(VerificationError);
    expect(error).toMatchObject({
      code: 'not-verified',
      message:
        `expected exactly 1 of requests with path /m2/demo/v2/profile/batchUpdate, found 0. ` +
        `Seen last: POST ${V1} 200; POST ${V1} 200.`,
    });
    const reply = await send(`${emulator.url}/__emulator/verify`, json({ times: 3 }));
    expect(reply.status).toBe(409);
    expect(JSON.parse(reply.text)).toMatchObject({
      error: { code: 'not-verified', issues: [] },
      count: 2,
      seen: [{ sequence: 1 }, { sequence: 2 }],
    });
  });

  it('fails distinctly where evicted entries leave it open, in process and over HTTP', async () => {
    const data = await mkdtemp(join(tmpdir(), 'tpe-journal-'));
    onTestFinished(() => rm(data, { recursive: true, force: true }));
    const store = openFileStore(data, { writer: 'inline' });
    // An earlier process, with room for two entries: one of `demo` is gone.
    const small = openJournal(data, { bounds: { entriesMax: 2, bytesMax: 1_000_000 } });
    for (const client of ['demo', 'demo', 'demo'])
      small.add({ kind: 'fault', at: NOW, fault: 'stuck', client, operation: 'submit' } as never);
    small.close();
    store.reader.close();
    await store.writer.close();

    const emulator = await openEmulator({ data }, { workerUrl: worker.url });
    for (const client of ['demo', 'other'])
      await send(`${emulator.url}/m2/${client}/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE });
    expect(emulator.journal.read({ client: 'demo' }).evicted).toBe(1);
    const settled: readonly Expectation[] = [{ client: 'demo' }, { client: 'other', times: 1 }];
    for (const expectation of settled) expect(emulator.journal.verify(expectation)).toBe(1);
    const open: readonly Expectation[] = [
      { client: 'demo', times: 1 },
      { client: 'demo', times: 2 },
      { client: 'demo', status: 503, times: 0 },
      { operation: 'submit', times: { atMost: 2 } },
    ];
    for (const expectation of open) {
      const error = thrownBy(() => emulator.journal.verify(expectation));
      expect(error).toBeInstanceOf(VerificationError);
      expect(error).toMatchObject({ code: 'evicted', message: expect.stringContaining('nobody can tell') });
      const reply = await send(`${emulator.url}/__emulator/verify`, json(expectation));
      expect([reply.status, JSON.parse(reply.text).error.code]).toEqual([409, 'evicted']);
    }
    emulator.journal.clear('demo');
    expect(emulator.journal.verify({ client: 'demo', times: 0 })).toBe(0);
  });

  it.each<Expectation>([
    { client: 'a b' },
    { client: '' },
    { method: '' },
    { method: 'GET /m2' },
    { path: '' },
    { path: 'm2/demo/profile/batchUpdate' },
    { path: '*' },
    { path: '/m2/demo/profile/batchStatus?batchId=1' },
    { path: 'http://localhost/m2' },
    { path: '/m2/d\u00e9mo' },
    { path: '/m2/{client}/profile' },
    { cause: '' },
    { cause: 'our-unknown-client' },
    { cause: 'rule/our-unknown-clients' },
    { cause: 'fault/thunder' },
    { cause: 'rule/our-unknown-client,fault/latency' },
    { batchId: '' },
    { content: 'batch=pcId' },
    { content: 'A'.repeat(64) },
    { content: 'a'.repeat(63) },
  ])('is not asked of what no entry can have: %j', async (expectation) => {
    const emulator = await openEmulator();
    const [field = ''] = Object.keys(expectation);
    expect(() => emulator.journal.verify({ ...expectation, times: 0 })).toThrow(field);
    expect(() => emulator.journal.read(expectation)).toThrow(field);
    const reply = await send(`${emulator.url}/__emulator/verify`, json({ ...expectation, times: 0 }));
    expect(reply.status).toBe(400);
  });

  it('is asked of all that an entry can have', async () => {
    const emulator = await openEmulator({ unknownClients: 'refuse', journalValues: true });
    emulator.faults.set({ latency: { ms: 0 } });
    await send(`${emulator.url}/m2/nobody/profile/batchUpdate`, { body: 'batch=pcId,a\n1,x' });
    await send(`${emulator.url}/m2/d%C3%A9mo/a|b/%7Bx%7D`, { method: 'REPORT' });
    const { entries } = emulator.journal.read({ kind: 'request' });
    expect(entries.map((entry) => entry.kind === 'request' && entry.cause)).toEqual([
      'rule/our-unknown-client, fault/latency',
      undefined,
    ]);
    for (const entry of entries) {
      if (entry.kind !== 'request') continue;
      const { method, path, cause, content } = entry;
      expect(emulator.journal.verify({ method, path, cause, content, times: 1 })).toBe(1);
    }
    expect(emulator.journal.verify({ method: 'report', path: '*/m2/*/a|b/*', times: 1 })).toBe(1);
    expect(emulator.journal.verify({ cause: 'emulator/not-emulated', times: 0 })).toBe(0);
    expect(emulator.journal.verify({ cause: 'bug/1', times: 0 })).toBe(0);
  });

  it('refuses a wrong expectation with each path named', async () => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/__emulator/verify`, json({ status: 'x', verb: 'GET', operation: 'eat' }));
    const { error } = JSON.parse(reply.text) as { error: { issues: { path: string }[] } };
    expect([reply.status, error.issues.map(({ path }) => path).toSorted()]).toEqual([
      400,
      ['operation', 'status', 'verb'],
    ]);
    expect(() => emulator.journal.verify({ verb: 'GET' } as never)).toThrow('verb');
  });
});
