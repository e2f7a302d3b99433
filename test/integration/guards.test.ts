/** Who may speak to the emulator: the effect is what counts, not only the status. */
import { describe, expect, it } from 'vitest';
import { DOCUMENTED_SAMPLE, getJson, hears, json, openEmulator, rawSocket, send, statusLinkIn } from './support.ts';

describe('the host guard', () => {
  it.each([
    'evil.example',
    'localhost.evil.example',
    'tt.omtrdc.net.evil.example',
    'xtt.omtrdc.net',
    '10.0.0.1',
    '127.0.0.1.nip.io',
  ])('refuses %s with 403 before anything runs', async (host) => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, {
      body: DOCUMENTED_SAMPLE,
      headers: { host },
    });
    expect(reply.status).toBe(403);
    expect(JSON.parse(reply.text)).toMatchObject({ error: { code: 'foreign-host', issues: [] } });
    const dropped = await send(`${emulator.url}/__emulator/clients/demo/profiles`, {
      ...json({ profiles: [{ pcId: '1', attributes: { a: 'x' } }] }),
      headers: { host },
    });
    expect(dropped.status).toBe(403);
    expect(emulator.batches()).toEqual([]);
    expect(await getJson(`${emulator.url}/__emulator/clients`)).toEqual({ clients: [], next: null });
  });

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1:99', '[::1]:99', 'app.localhost', 'crm.internal:8181'])(
    'serves %s',
    async (host) => {
      const emulator = await openEmulator({ allowHost: ['crm.internal'] });
      expect((await send(`${emulator.url}/__emulator/health`, { headers: { host } })).status).toBe(200);
    },
  );
});

describe('the origin guard', () => {
  it.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'nonsense' },
    { origin: 'http://localhost:1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    { 'sec-fetch-mode': 'navigate' },
  ])('refuses %s on both planes, changes nothing and sends no CORS header', async (headers) => {
    const emulator = await openEmulator();
    await emulator.seedProfiles('demo', [{ id: { kind: 'pcId', value: '1' }, attributes: { a: 'old' } }]);
    const replies = [
      await send(`${emulator.url}/m2/demo/profile/update?mboxPC=1&profile.a=new`, {
        headers: { ...headers },
      }),
      await send(`${emulator.url}/__emulator/clients/demo`, {
        method: 'DELETE',
        headers: { ...headers },
      }),
      await send(`${emulator.url}/__emulator/clients/demo`, {
        method: 'OPTIONS',
        headers: { ...headers },
      }),
    ];
    for (const reply of replies) {
      expect(reply.status).toBe(403);
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    expect(emulator.profile('demo', { kind: 'pcId', value: '1' })?.attributes).toMatchObject([
      { name: 'a', value: 'old' },
    ]);
  });

  it('lets its own pages in, and the person at the address bar', async () => {
    const emulator = await openEmulator();
    const url = `${emulator.url}/__emulator/health`;
    expect((await send(url, { headers: { origin: emulator.url } })).status).toBe(200);
    expect((await send(url, { headers: { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' } })).status).toBe(200);
  });

  it.each([
    '/__emulator',
    '/%5f%5femulator',
    '/__emulato%72',
    '/%5F_%65mulator',
    '/x/../__emulator',
    '/x/%2e%2e/_%5femulator',
  ])('names of the emulated service have no control API, also not at %s', async (path) => {
    const emulator = await openEmulator();
    await emulator.seedProfiles('demo', [{ pcId: '7', attributes: { tier: 'gold' } }]);
    for (const host of ['demo.tt.omtrdc.net', 'mc.adobe.io']) {
      const read = await send(`${emulator.url}${path}/clients/demo/profiles`, { headers: { host } });
      expect([read.status, read.text.includes('gold')], host).toEqual([403, false]);
      await send(`${emulator.url}${path}/clients/demo`, { method: 'DELETE', headers: { host } });
      expect(emulator.profile('demo', { kind: 'pcId', value: '7' }), host).toBeDefined();
    }
  });

  it('names of the emulated service have what is emulated', async () => {
    const emulator = await openEmulator();
    const headers = { host: 'demo.tt.omtrdc.net' };
    expect((await send(`${emulator.url}/rest/v1/profiles/1?client=demo`, { headers })).status).toBe(404);
  });

  it('writes down nothing of what it refuses, so that no page can push out what the tests have asked', async () => {
    const emulator = await openEmulator();
    await send(`${emulator.url}/rest/v1/profiles/1?client=demo`);
    for (const headers of [{ host: 'evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'same-site' }]) {
      await send(`${emulator.url}/rest/v1/profiles/1?client=demo`, { headers });
    }
    expect(emulator.journal.verify({ times: 1 })).toBe(1);
  });

  it('every reply says that no other origin may have it, and no frame show it', async () => {
    const emulator = await openEmulator();
    for (const path of [
      '/__emulator/health',
      '/rest/v1/profiles/1?client=demo',
      '/m2/demo/profile/batchStatus',
      '/x',
    ]) {
      expect((await send(`${emulator.url}${path}`)).headers, path).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cross-origin-resource-policy': 'same-origin',
      });
    }
  });
});

describe('HEAD', () => {
  it('never writes: neither by the single update, nor as a status request that a batch waits for', async () => {
    const emulator = await openEmulator();
    await emulator.seedProfiles('demo', [{ pcId: '1', attributes: { a: 'old' } }]);
    const update = `${emulator.url}/m2/demo/profile/update?mboxPC=1&profile.a=new`;
    expect((await send(update, { method: 'HEAD' })).status).toBe(200);
    expect(emulator.profile('demo', { kind: 'pcId', value: '1' })?.attributes).toMatchObject([{ value: 'old' }]);
    expect((await send(update)).status).toBe(200);
    expect(emulator.profile('demo', { kind: 'pcId', value: '1' })?.attributes).toMatchObject([{ value: 'new' }]);

    await emulator.setPace('demo', { kind: 'polls', polls: 2 });
    const reply = await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE });
    const { batchId } = emulator.batches('demo')[0]!;
    await send(statusLinkIn(reply.text), { method: 'HEAD' });
    expect(emulator.batchPace(batchId)?.pollsLeft).toBe(2);
    await send(statusLinkIn(reply.text));
    expect(emulator.batchPace(batchId)?.pollsLeft).toBe(1);
  });
});

describe('a link that a foreign page follows by itself', () => {
  it.each(['profile/update', 'profile/%75pdate'])('writes nothing through the GET of %s', async (path) => {
    const emulator = await openEmulator();
    await emulator.seedProfiles('demo', [{ id: { kind: 'pcId', value: '1' }, attributes: { a: 'old' } }]);
    const reply = await send(`${emulator.url}/m2/demo/${path}?mboxPC=1&profile.a=new`, {
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
    });
    expect(reply.status).toBe(403);
    expect(emulator.profile('demo', { kind: 'pcId', value: '1' })?.attributes).toMatchObject([{ value: 'old' }]);
  });
});

describe('absolute request targets', () => {
  const submit = (target: string, host: string) =>
    `POST ${target} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${DOCUMENTED_SAMPLE.length}\r\nConnection: close\r\n\r\n${DOCUMENTED_SAMPLE}`;

  it('ep-absolute-form: the authority of the request line counts before Host, and the link repeats it', async () => {
    const emulator = await openEmulator();
    const { socket, heard } = rawSocket(emulator.port);
    socket.write(submit('http://demo.tt.omtrdc.net/m2/demo/v2/profile/batchUpdate', 'evil.example'));
    const link = statusLinkIn(await heard);
    expect(link).toMatch(/^http:\/\/demo\.tt\.omtrdc\.net\/m2\/demo\/profile\/batchStatus\?batchId=demo-/);

    const status = rawSocket(emulator.port);
    status.socket.write(`GET ${link} HTTP/1.1\r\nHost: demo.tt.omtrdc.net\r\nConnection: close\r\n\r\n`);
    expect(await status.heard).toContain('<status>incomplete</status>');
  });

  it('ep-absolute-form: a foreign authority is refused whatever Host says', async () => {
    const emulator = await openEmulator();
    const { socket, heard } = rawSocket(emulator.port);
    socket.write(submit('http://evil.example/m2/demo/v2/profile/batchUpdate', 'localhost'));
    expect(await heard).toMatch(/^HTTP\/1\.1 403 /);
    expect(emulator.batches()).toEqual([]);
  });

  it('ep-literal-client, our-client-mismatch: on a client host `client` means that client, and another code is refused', async () => {
    const emulator = await openEmulator();
    const url = (client: string) => `${emulator.url}/m2/${client}/v2/profile/batchUpdate`;
    const headers = { host: 'demo.tt.omtrdc.net' };
    await send(url('client'), { body: DOCUMENTED_SAMPLE, headers });
    const refused = await send(url('other'), { body: DOCUMENTED_SAMPLE, headers });
    expect(refused.headers['x-emulator-cause']).toBe('rule/our-client-mismatch');
    await send(url('other'), { body: DOCUMENTED_SAMPLE, headers: { host: 'mboxedge28.tt.omtrdc.net' } });
    expect(emulator.batches().map(({ client }) => client)).toEqual(['other', 'demo']);
  });

  it('our-link-host: by setting the link names an edge', async () => {
    const emulator = await openEmulator({ linkHost: 'edge' });
    const reply = await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE });
    expect(statusLinkIn(reply.text)).toMatch(
      /^http:\/\/mboxedge\d+\.tt\.omtrdc\.net\/m2\/demo\/profile\/batchStatus\?batchId=/,
    );
  });

  it('res-url-len: a host name too long for the link gives way to the own address', async () => {
    const label = `${'a'.repeat(60)}.`;
    const host = `${label.repeat(3)}localhost`;
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, {
      body: DOCUMENTED_SAMPLE,
      headers: { host },
    });
    const link = statusLinkIn(reply.text);
    expect(link.length).toBeLessThanOrEqual(255);
    expect(link.startsWith(`${emulator.url}/m2/demo/`) || link.startsWith(`http://${host}/`)).toBe(true);
  });
});

describe('requests that nobody expects', () => {
  it('are answered in a shape of our own, which no reply of the API has', async () => {
    const emulator = await openEmulator();
    for (const path of ['/', '/m2/demo', '/rest/nothing', '/rest/v1/profiles/', '/__emulator/nothing']) {
      const reply = await send(`${emulator.url}${path}`);
      expect([path, reply.status]).toEqual([path, 404]);
      expect(JSON.parse(reply.text)).toMatchObject({
        error: { code: 'not-found', message: expect.stringMatching(/^target-profile-emulator: /) },
      });
    }
  });

  it('a request with two Host headers is refused in our own shape, whatever they say, and changes nothing', async () => {
    const emulator = await openEmulator();
    const { socket, heard } = rawSocket(emulator.port);
    const body = `Content-Length: ${DOCUMENTED_SAMPLE.length}\r\n\r\n${DOCUMENTED_SAMPLE}`;
    socket.write(`POST /m2/demo/v2/profile/batchUpdate HTTP/1.1\r\nHost: localhost\r\nhost: evil.example\r\n${body}`);
    expect(await heard).toMatch(
      /^HTTP\/1\.1 400 [^]*connection: close\r\n[^]*"code":"bad-request","message":"target-profile-emulator: [^"]*More than one Host header/i,
    );
    expect(emulator.batches()).toEqual([]);
  });

  it.each([
    'GET / HTTP/1.1\r\nHost: a b\r\n\r\n',
    'GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'GET nonsense HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'NONSENSE\r\n\r\n',
  ])('are answered 400 when they are not even HTTP: %j', async (text) => {
    const emulator = await openEmulator();
    const raw = rawSocket(emulator.port);
    raw.socket.write(text);
    await hears(raw, '\r\n\r\n');
    raw.socket.end();
    expect(await raw.heard).toMatch(/^HTTP\/1\.1 400 /);
    expect((await send(`${emulator.url}/__emulator/health`)).status).toBe(200);
  });

  it('an unexpected throw is answered 500 as a bug of ours, with its id, and told to whoever listens', async () => {
    const { openMemoryStore } = await import('../../src/server/jobs/open-store.ts');
    const store = openMemoryStore();
    const broken = new Error('the store is broken');
    const reader = {
      ...store.reader,
      profile() {
        throw broken;
      },
    };
    const bugs: unknown[] = [];
    const emulator = await openEmulator(
      {},
      { store: { ...store, reader }, on: { bug: (id, error) => void bugs.push([id, error]) } },
    );
    const reply = await send(`${emulator.url}/rest/v1/profiles/1?client=demo`);
    expect([reply.status, reply.headers['x-emulator-cause']]).toEqual([500, 'bug/1']);
    expect(JSON.parse(reply.text)).toMatchObject({ error: { code: 'bug' } });
    expect(reply.text).not.toContain('the store is broken');
    expect(bugs).toEqual([['1', broken]]);
  });
});
