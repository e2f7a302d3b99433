/** `emulator.app` as users have it: in a Hono application of their own, with its middleware, and asked without a socket. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { testClient } from 'hono/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DOCUMENTED_SAMPLE, openEmulator, rawSocket, send, statusLinkIn } from './support.ts';

const SUBMIT = '/m2/demo/v2/profile/batchUpdate';
const FETCH = '/rest/v1/profiles/123?client=demo';

/** One that marks what passes, with a route beside ours. */
const foreignApp = () =>
  new Hono()
    .use(async (c, next) => {
      await next();
      c.header('x-foreign', c.req.header('x-asked') ?? 'seen');
    })
    .get('/mine', (c) => c.text('mine'));

type Mounting = (emulator: Awaited<ReturnType<typeof openEmulator>>) => Hono;
const MOUNTINGS: readonly (readonly [string, Mounting])[] = [
  ['route', (emulator) => foreignApp().route('/', emulator.app)],
  ['mount', (emulator) => foreignApp().mount('/', emulator.app.fetch)],
];

/** On a socket of its own, as its documentation shows. */
async function listening(app: Hono): Promise<{ readonly url: string; readonly port: number }> {
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port };
}

describe.each(MOUNTINGS)('mounted in a foreign app by .%s()', (_, mounting) => {
  it('takes a batch, answers a fetch, and the middleware around it sees both', async () => {
    const emulator = await openEmulator();
    const app = mounting(emulator);
    const submitted = await app.request(SUBMIT, {
      method: 'POST',
      body: DOCUMENTED_SAMPLE,
      headers: { 'x-asked': '7' },
    });
    expect([submitted.status, submitted.headers.get('x-foreign')]).toEqual([200, '7']);
    expect(await submitted.text()).toContain('<success>true</success>');
    await emulator.drain();
    const fetched = await app.request(FETCH);
    expect([fetched.status, fetched.headers.get('x-foreign')]).toEqual([200, 'seen']);
    expect(await fetched.json()).toMatchObject({ profileAttributes: { param1: { value: 'value1' } } });
    expect(await (await app.request('/mine')).text()).toBe('mine');
    expect((await app.request('/__emulator/health')).status).toBe(200);
    expect(emulator.journal.read().entries).toMatchObject([
      { operation: 'submit', client: 'demo', status: 200 },
      { operation: 'fetch', client: 'demo', status: 200 },
    ]);
  });

  it('keeps its guards, which change nothing of what is not its own', async () => {
    const emulator = await openEmulator();
    const app = mounting(emulator);
    const refused = await app.request(`http://evil.example${SUBMIT}`, { method: 'POST', body: DOCUMENTED_SAMPLE });
    expect([refused.status, emulator.batches()]).toEqual([403, []]);
    expect((await app.request('http://evil.example/mine')).status).toBe(200);
  });

  it('does the same on the foreign app’s own socket', async () => {
    const emulator = await openEmulator();
    const { url } = await listening(mounting(emulator));
    const submitted = await send(`${url}${SUBMIT}`, { body: DOCUMENTED_SAMPLE });
    expect([submitted.status, submitted.headers['x-foreign']]).toEqual([200, 'seen']);
    expect(submitted.text).toContain('<success>true</success>');
    await emulator.drain();
    const fetched = await send(`${url}${FETCH}`);
    expect(JSON.parse(fetched.text)).toMatchObject({ profileAttributes: { param1: { value: 'value1' } } });
    const updated = await send(`${url}/m2/demo/profile/update`, { body: 'mboxPC=123&profile.param1=new' });
    expect(updated.status).toBe(200);
    expect(emulator.profile('demo', { kind: 'pcId', value: '123' })?.attributes).toMatchObject([{ value: 'new' }]);
  });

  it('cuts the foreign socket where a fault says so, after the commit and within the reply', async () => {
    const emulator = await openEmulator();
    const { url, port } = await listening(mounting(emulator));
    emulator.faults.set({ commitThenCut: {} }, 'demo');
    await expect(send(`${url}${SUBMIT}`, { body: DOCUMENTED_SAMPLE })).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(emulator.batches('demo')).toHaveLength(1);
    await emulator.drain();
    emulator.faults.set({ cutReply: { afterBytes: 9 } }, 'demo');
    const { socket, heard } = rawSocket(port);
    socket.write(`GET ${FETCH} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    expect(await heard).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*x-emulator-cause: fault\/cutReply\r\n[^]*\r\n\r\n\{.{8}$/);
    const { entries } = emulator.journal.read({ kind: 'request' });
    expect(entries.map((entry) => entry.kind === 'request' && [entry.status, entry.faults])).toEqual([
      [undefined, ['commitThenCut']],
      [200, ['cutReply']],
    ]);
  });
});

describe('mounted below a path', () => {
  const BELOW: readonly (readonly [string, string, Mounting])[] = [
    ['of its own', '/emu', (emulator) => foreignApp().route('/emu', emulator.app)],
    ['by basePath', '/deep/er', (emulator) => foreignApp().basePath('/deep/er').route('/', emulator.app)],
    ['with a parameter of our name', '/other', (emulator) => foreignApp().route('/:client', emulator.app)],
    [
      'that looks like ours',
      '/m2/other/profile',
      (emulator) => foreignApp().route('/m2/:client/profile', emulator.app),
    ],
  ];

  it.each(
    BELOW.flatMap(([name, prefix, mounting]) =>
      ['/m2/demo/profile/batchUpdate', SUBMIT, '/m2/v2/profile/batchUpdate', '/m2/m2/v2/profile/batchUpdate'].map(
        (path) => [name, path, prefix, mounting] as const,
      ),
    ),
  )('%s, the status link of %s leads back there, and the client code is ours', async (_, path, prefix, mounting) => {
    const emulator = await openEmulator();
    const app = mounting(emulator);
    const submitted = await app.request(`${prefix}${path}`, { method: 'POST', body: DOCUMENTED_SAMPLE });
    const link = statusLinkIn(await submitted.text());
    const client = path.split('/')[2]!;
    expect(link).toMatch(`http://localhost${prefix}/m2/${client}/profile/batchStatus?batchId=${client}-`);
    expect(emulator.clients().map((each) => each.client)).toEqual([client]);
    expect(await (await app.request(link)).text()).toContain('<status>incomplete</status>');
    const updated = await app.request(`${prefix}/m2/${client}/profile/update?mboxPC=new&profile.a=x`);
    expect([updated.status, emulator.clients().length]).toEqual([200, 1]);
  });

  it.each(BELOW)('%s, names of the emulated service have no control API there either', async (_, prefix, mounting) => {
    const emulator = await openEmulator();
    const ask = (host: string, mode: string) =>
      mounting(emulator).request(`http://${host}${prefix}/__emulator/clients`, {
        headers: { 'sec-fetch-mode': mode, 'sec-fetch-site': 'same-origin' },
      });
    expect((await ask('localhost', 'cors')).status).toBe(200);
    expect((await ask('demo.tt.omtrdc.net', 'cors')).status).toBe(403);
    expect((await ask('mc.adobe.io', 'navigate')).status).toBe(403);
  });

  it('by .mount(), which takes the path away before we see it: the link lacks it, as the documents say', async () => {
    const emulator = await openEmulator();
    const app = foreignApp().mount('/emu', emulator.app.fetch);
    const submitted = await app.request(`/emu${SUBMIT}`, { method: 'POST', body: DOCUMENTED_SAMPLE });
    expect(statusLinkIn(await submitted.text())).toMatch('http://localhost/m2/demo/profile/batchStatus?');
  });
});

describe('a foreign app that has read the body already', () => {
  it('leaves it where ours finds it', async () => {
    const emulator = await openEmulator();
    const read: string[] = [];
    const app = new Hono()
      .use(async (c, next) => {
        read.push(await c.req.text());
        await next();
      })
      .route('/', emulator.app);
    const { url } = await listening(app);
    expect((await send(`${url}${SUBMIT}`, { body: DOCUMENTED_SAMPLE })).text).toContain('<success>true</success>');
    await app.request(SUBMIT, { method: 'POST', body: DOCUMENTED_SAMPLE });
    expect(read).toEqual([DOCUMENTED_SAMPLE, DOCUMENTED_SAMPLE]);
    expect(emulator.batches('demo')).toMatchObject([{ batchSize: 4 }, { batchSize: 4 }]);
  });
});

describe('asked without a socket', () => {
  it('app.request() and the typed test client reach every route of the API', async () => {
    const emulator = await openEmulator();
    await emulator.seedProfiles('demo', [
      { id: { kind: 'pcId', value: '1' }, attributes: { a: 'x' } },
      { id: { kind: 'thirdPartyId', value: 'ann' }, attributes: { a: 'y' } },
    ]);
    const { m2, rest } = testClient(emulator.app);
    const param = { client: 'demo' };
    const { profiles } = rest.v1;
    const query = { client: 'demo' };
    expect(await (await profiles[':id'].$get({ param: { id: '1' }, query })).text()).toContain('"x"');
    const named = await profiles[':kind'][':id'].$get({ param: { kind: 'thirdPartyId', id: 'ann' }, query });
    expect(await named.text()).toContain('"y"');
    expect((await profiles[':kind'][':id'].$get({ param: { kind: 'other', id: 'ann' }, query })).status).toBe(404);
    const update = await m2[':client'].profile.update.$get({ param, query: { mboxPC: '1', 'profile.a': 'z' } });
    expect(update.status).toBe(200);
    expect(emulator.profile('demo', { kind: 'pcId', value: '1' })?.attributes).toMatchObject([{ value: 'z' }]);
    const status = await m2[':client'].profile.batchStatus.$get({ param, query: { batchId: 'none' } });
    expect(status.headers.get('x-emulator-cause')).toBe('rule/our-unknown-batch');
    expect(await (await emulator.app.request('/__emulator/health')).json()).toMatchObject({ status: 'ok' });
    expect((await emulator.app.request(SUBMIT, { method: 'HEAD' })).status).toBe(405);
  });

  it.each([
    ['latency', { latency: { ms: 30 } }],
    ['drip', { drip: { bytes: 40, everyMs: 10 } }],
  ])('a program that waits for nothing else lives until the reply that %s delays', async (_, faults) => {
    const program = `
      import { createEmulator } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
      const emulator = await createEmulator();
      emulator.faults.set(${JSON.stringify(faults)}, 'demo');
      const reply = await emulator.app.request(${JSON.stringify(FETCH)});
      console.log(reply.headers.get('x-emulator-cause'), (await reply.text()).length > 0);
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    expect(stdout).toMatch(/fault\/\w+ true\n$/);
  });

  it('a throw that nobody expected is a bug with an id here as well, and a cut rejects', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ commitThenCut: {} }, 'demo');
    const cut = emulator.app.request(SUBMIT, { method: 'POST', body: DOCUMENTED_SAMPLE });
    await expect(cut).rejects.toMatchObject({ name: 'ConnectionCut' });
    expect(emulator.batches('demo')).toHaveLength(1);
  });
});
