/** Delivery and mbox calls over a socket: what they draw, what they refuse, and what becomes of a visitor who is forgotten. */
import { describe, expect, it } from 'vitest';
import { json, openEmulator, send } from './support.ts';

const CALL = '/rest/v1/delivery?client=demo&sessionId=s1';
const WEB = { context: { channel: 'web' } };

describe('a Delivery call', () => {
  it('mrg-create-tnt, dlv-reply-ids: without ids gets a new tntId and a new requestId, the same ones for a seed', async () => {
    const replies = [];
    for (const _ of [1, 2]) {
      const emulator = await openEmulator({ seed: 7 });
      replies.push(JSON.parse((await send(`${emulator.url}${CALL}`, json(WEB))).text));
    }
    expect(replies[0]).toEqual({
      status: 200,
      requestId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      client: 'demo',
      id: { tntId: expect.stringMatching(/^\d{13}-\d{6}$/) },
      edgeHost: 'localhost',
    });
    expect(replies[1]).toEqual(replies[0]);
  });

  it('mrg-sdk-hop: by setting a new tntId has a location hint, which is new too where hints are part of ids', async () => {
    const emulator = await openEmulator({ edgeHost: 'edge', locationHint: 'part-of-id' });
    const seen = new Set<unknown>();
    for (const _ of [1, 2]) {
      const { id, edgeHost } = JSON.parse((await send(`${emulator.url}${CALL}`, json(WEB))).text);
      expect([id.tntId, edgeHost]).toEqual([expect.stringMatching(/^\d+-\d+\.28_0$/), 'mboxedge28.tt.omtrdc.net']);
      seen.add(id.tntId);
      expect((await send(`${emulator.url}/rest/v1/profiles/${id.tntId}?client=demo`)).status).toBe(200);
    }
    expect(seen.size).toBe(2);
  });

  it('our-unknown-client: is refused for a client code that nobody has used, in strict mode', async () => {
    const emulator = await openEmulator({ mode: 'strict' });
    const reply = await send(`${emulator.url}${CALL}`, json(WEB));
    expect([reply.status, reply.headers['x-emulator-cause']]).toEqual([400, 'rule/our-unknown-client']);
    expect(emulator.clients()).toEqual([]);
  });

  it('err-delivery-400: says where its JSON is wrong, and leaves nothing behind', async () => {
    const emulator = await openEmulator();
    const body = { ...WEB, id: { tntId: '7' }, execute: { mboxes: [{ name: 'a' }, { name: 5 }] } };
    const reply = await send(`${emulator.url}${CALL}`, json(body));
    expect(reply.headers['content-type']).toBe('application/json;charset=UTF-8');
    expect(JSON.parse(reply.text)).toEqual({
      status: 400,
      message: expect.stringContaining('target-profile-emulator: execute.mboxes.1.name'),
    });
    expect(emulator.clients()).toEqual([]);
  });

  it('lim-delivery-body: a call of a million parameters is refused before it is parsed, and leaves nothing behind', async () => {
    const emulator = await openEmulator();
    const profileParameters = Object.fromEntries(Array.from({ length: 1_000_000 }, (_, index) => [index, 'x']));
    const body = JSON.stringify({ ...WEB, execute: { pageLoad: { profileParameters } } });
    const reply = await send(`${emulator.url}${CALL}`, { body });
    expect([reply.status, reply.text]).toEqual([413, expect.stringContaining('more than 200000 values')]);
    expect(emulator.clients()).toEqual([]);
  });

  it('keeps hostile names and values of profile parameters as they are', async () => {
    const emulator = await openEmulator();
    const parameters = '{"__proto__":"<&>\\"","constructor":"\\u2028","":"","a,b%":"c\\nd"}'.replace('"":"",', '');
    const body = `{"context":{"channel":"web"},"id":{"thirdPartyId":"__proto__"},"execute":{"pageLoad":{"profileParameters":${parameters}}}}`;
    expect((await send(`${emulator.url}${CALL}`, { body })).status).toBe(200);
    const stored = emulator.profile('demo', { kind: 'thirdPartyId', value: '__proto__' })?.attributes;
    expect(stored?.map(({ name, value }) => [name, value])).toEqual([
      ['__proto__', '<&>"'],
      ['constructor', '\u2028'],
      ['a,b%', 'c\nd'],
    ]);
  });

  it('sees the rows of a batch that was accepted before it', async () => {
    const emulator = await openEmulator({}, { drive: 'pump' });
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: 'batch=thirdPartyId,tier\nann,gold' });
    await send(`${emulator.url}${CALL}`, json({ ...WEB, id: { tntId: '7', thirdPartyId: 'ann' } }));
    expect(emulator.profile('demo', { kind: 'tntId', value: '7' })?.attributes).toMatchObject([
      { name: 'tier', layer: 'base' },
    ]);
  });

  it('goes wrong on purpose, in the shape of its own replies, and is written down', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ status: { code: 503, on: ['delivery'], times: 1 } });
    const failed = await send(`${emulator.url}${CALL}`, json(WEB));
    expect([failed.status, JSON.parse(failed.text).status]).toEqual([503, 503]);
    expect((await send(`${emulator.url}${CALL}`, json(WEB))).status).toBe(200);
    const { entries } = emulator.journal.read({ kind: 'request' });
    expect(entries.map((entry) => 'status' in entry && entry.status).toSorted()).toEqual([200, 503]);
  });
});

describe('every reply', () => {
  it('tells a browser to take it as what it is, and to show it to no other origin', async () => {
    const emulator = await openEmulator();
    for (const [path, status] of [
      ['/m2/demo/mbox/json?mboxSession=s1&mboxPC=7', 200],
      ['/m2/demo/mbox/json', 400],
    ] as const) {
      const reply = await send(`${emulator.url}${path}`);
      expect([path, reply.status]).toEqual([path, status]);
      expect(reply.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
    }
  });
});

describe('an mbox call', () => {
  it('is refused beyond 1 MiB of form, and keeps nothing', async () => {
    const emulator = await openEmulator();
    const body = `mboxSession=s1&profile.a=${'x'.repeat(1024 * 1024)}`;
    expect((await send(`${emulator.url}/m2/demo/mbox/json`, { body })).status).toBe(413);
    expect(emulator.clients()).toEqual([]);
  });

  it.each(['/m2/demo/mbox/ajax', '/m2/demo/mbox/standard', '/m2/demo/ubox/raw', '/rest/v2/batchmbox'])(
    'ep-mbox-legacy: %s is an older one, answered with 501 and the calls to use',
    async (path) => {
      const emulator = await openEmulator();
      const reply = await send(`${emulator.url}${path}`);
      expect(reply.status).toBe(501);
      expect(reply.text).toContain('/rest/v1/delivery');
    },
  );
});

describe('a page', () => {
  it.each(['/m2/demo/mbox/json?mboxSession=s1&mboxPC=7', CALL])(
    'of another origin is refused by %s, told of a proxy, and writes nothing',
    async (path) => {
      const emulator = await openEmulator();
      const method = path === CALL ? json({ ...WEB, id: { tntId: '7' } }) : {};
      for (const headers of [{ origin: 'http://shop.example' }, { 'sec-fetch-site': 'cross-site' }]) {
        const reply = await send(`${emulator.url}${path}`, { ...method, headers });
        expect(reply.status).toBe(403);
      }
      const { text } = await send(`${emulator.url}${path}`, { ...method, headers: { origin: 'http://shop.example' } });
      expect(text).toContain('pass /rest and /m2 on');
      expect(text).toContain('proxy_set_header Host $http_host');
      expect(emulator.clients()).toEqual([]);
    },
  );

  it('of the same origin may call', async () => {
    const emulator = await openEmulator();
    const headers = { origin: emulator.url, 'sec-fetch-site': 'same-origin' };
    expect((await send(`${emulator.url}/m2/demo/mbox/json?mboxSession=s1`, { headers })).status).toBe(200);
  });
});

describe('a visitor who is forgotten', () => {
  it.each([
    ['tntId', '7'],
    ['pcId', '8'],
    ['thirdPartyId', 'ann'],
    ['mbox3rdPartyId', 'ann'],
    ['marketingCloudVisitorId', '384'],
    ['marketingCloudVisitorId', '385'],
  ] as const)('ca-privacy: by %s %s, is gone under every id, and nobody else is', async (kind, value) => {
    const emulator = await openEmulator();
    const { seedProfiles, visit, profile } = emulator;
    await seedProfiles('demo', [{ thirdPartyId: 'ann', attributes: { tier: 'gold' } }]);
    await visit('demo', { thirdPartyId: 'ann', pcId: '7.28_0', marketingCloudVisitorId: '384' });
    await visit('demo', { thirdPartyId: 'ann', pcId: '8', marketingCloudVisitorId: '385' });
    await visit('demo', { thirdPartyId: 'bob', pcId: '9', marketingCloudVisitorId: '7' });
    const path = `${emulator.url}/__emulator/clients/demo/profiles/${kind}/${value}`;
    const deleted = await send(path, { method: 'DELETE' });
    expect([deleted.status, deleted.text]).toEqual([200, '{"deleted":true}']);
    for (const id of [
      { kind: 'pcId', value: '7' },
      { kind: 'pcId', value: '8' },
      { kind: 'thirdPartyId', value: 'ann' },
      { kind: 'marketingCloudVisitorId', value: '384' },
      { kind: 'marketingCloudVisitorId', value: '385' },
    ] as const) {
      expect(profile('demo', id)).toBeUndefined();
    }
    expect(emulator.profiles('demo').items).toHaveLength(1);
    expect(profile('demo', { kind: 'marketingCloudVisitorId', value: '7' })).toMatchObject({
      linked: { value: 'bob' },
    });
    // Nothing of the old visitor comes back with the ids.
    expect(await visit('demo', { thirdPartyId: 'ann', marketingCloudVisitorId: '384' })).toMatchObject({
      created: true,
    });
    expect(profile('demo', { kind: 'thirdPartyId', value: 'ann' })?.attributes).toEqual([]);
    expect(
      (await send(`${emulator.url}/__emulator/clients/demo/profiles/${kind}/nobody`, { method: 'DELETE' })).status,
    ).toBe(404);
  });
});
