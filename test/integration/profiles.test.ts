/** The profile fetch and the single update. */
import { describe, expect, it } from 'vitest';
import { getJson, openEmulator, send } from './support.ts';

const SUBMITTED =
  '<response><success>true</success><pcId></pcId><message>Request successfully submitted</message></response>';

describe('the profile fetch', () => {
  it('res-fetch-json: answers by either id, with names and values as they were sent', async () => {
    const emulator = await openEmulator();
    await emulator.seedProfiles('demo', [
      { id: { kind: 'pcId', value: 'a b/c' }, attributes: { ключ: '<&>"' } },
      { id: { kind: 'thirdPartyId', value: 'ann@example.org' }, attributes: { a: '1' } },
    ]);
    const at = '2026-01-01T00:00:00.000+00:00';
    const byPcId = await send(`${emulator.url}/rest/v1/profiles/a%20b%2Fc?client=demo`);
    expect(byPcId.headers['content-type']).toBe('application/json;charset=UTF-8');
    expect(byPcId.text).toBe(
      `{"client":"demo","visitorId":"a b/c","modifiedAt":"${at}","profileAttributes":{"ключ":{"value":"<&>\\"","modifiedAt":"${at}"}}}`,
    );
    expect(await getJson(`${emulator.url}/rest/v1/profiles/thirdPartyId/ann%40example.org?client=demo`)).toMatchObject({
      visitorId: 'ann@example.org',
    });
  });

  it('our-location-hint: a hint is no part of the identity, and the answer repeats the id that was asked for', async () => {
    const emulator = await openEmulator();
    await emulator.seedProfiles('demo', [{ id: { kind: 'pcId', value: '7-1.28_20' }, attributes: { a: '1' } }]);
    expect(await getJson(`${emulator.url}/rest/v1/profiles/7-1.35_0?client=demo`)).toMatchObject({
      visitorId: '7-1.35_0',
    });
  });

  it.each([
    [
      'err-fetch-404-pc',
      '/rest/v1/profiles/1?client=demo',
      '{"status" : 404, "message" : "No profile found for client demo with mboxPC=1"}',
    ],
    [
      'err-fetch-404-3rd',
      '/rest/v1/profiles/thirdPartyId/ann?client=demo',
      '{"status" : 404, "message" : "No profile found for client demo with third party id=ann"}',
    ],
    [
      'err-fetch-404-3rd',
      '/rest/v1/profiles/thirdPartyId/%22%0A%5C?client=demo',
      '{"status" : 404, "message" : "No profile found for client demo with third party id=\\"\\n\\\\"}',
    ],
    [
      'err-fetch-404-pc',
      '/rest/v1/profiles/%25zz%ff?client=demo',
      '{"status" : 404, "message" : "No profile found for client demo with mboxPC=%25zz%ff"}',
    ],
  ])('%s: %s is answered 404 in the documented words', async (rule, path, text) => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}${path}`);
    expect([reply.status, reply.headers['x-emulator-cause'], reply.text]).toEqual([404, `rule/${rule}`, text]);
    expect(await getJson(`${emulator.url}/__emulator/clients`)).toEqual({ clients: [], next: null });
  });

  it.each([
    ['fch-client-required', ''],
    ['fch-client-required', '?client='],
    ['our-client-code', '?client=a.b'],
  ])('%s: %j is answered 400', async (rule, query) => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/rest/v1/profiles/1${query}`);
    expect([reply.status, reply.headers['x-emulator-cause'], JSON.parse(reply.text).status]).toEqual([
      400,
      `rule/${rule}`,
      400,
    ]);
  });
});

describe('the single update', () => {
  it('sgl-params, sgl-post-query: takes parameters of query and body together, and shows at once', async () => {
    const emulator = await openEmulator();
    await emulator.seedProfiles('demo', [
      { id: { kind: 'thirdPartyId', value: 'ann' }, attributes: { a: 'old', keep: 'k' } },
    ]);
    const url = `${emulator.url}/m2/demo/profile/update`;
    const byGet = await send(`${url}?mbox3rdPartyId=ann&profile.a=one%2C+two&stray=1`);
    expect([byGet.status, byGet.text, byGet.headers['content-type'], byGet.headers['x-emulator-cause']]).toEqual([
      200,
      SUBMITTED,
      'text/xml;charset=UTF-8',
      // The stray parameter is ignored, and said.
      'rule/sgl-unencoded-values',
    ]);
    const byPost = await send(`${url}?mbox3rdPartyId=ann`, { body: 'profile.address.city=K%C3%B6ln&profile.empty=' });
    expect(byPost.text).toBe(SUBMITTED);
    expect((await send(`${url}?mbox3rdPartyId=ann&profile.last=x`, { method: 'POST' })).text).toBe(SUBMITTED);
    const { profileAttributes } = (await getJson(`${emulator.url}/rest/v1/profiles/thirdPartyId/ann?client=demo`)) as {
      profileAttributes: Record<string, { value: string }>;
    };
    expect(Object.fromEntries(Object.entries(profileAttributes).map(([name, { value }]) => [name, value]))).toEqual({
      keep: 'k',
      a: 'one, two',
      'address.city': 'Köln',
      last: 'x',
    });
  });

  it('sgl-update-only, our-single-miss: a missing profile stays missing, and only a header tells', async () => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/m2/demo/profile/update?mboxPC=1&profile.a=x`);
    expect([reply.status, reply.text, reply.headers['x-emulator-cause']]).toEqual([
      200,
      SUBMITTED,
      'rule/our-single-miss',
    ]);
    expect(emulator.profile('demo', { kind: 'pcId', value: '1' })).toBeUndefined();
  });

  it('sgl-params: without an id it is refused', async () => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/m2/demo/profile/update?profile.a=x`);
    expect([reply.status, reply.headers['x-emulator-cause']]).toEqual([200, 'rule/sgl-params']);
    expect(reply.text).toMatch(/^<response><success>false<\/success><pcId><\/pcId><message>target-profile-emulator: /);
  });

  it('lim-single-size: 8 KB with GET and 60 KB with POST are taken, one byte more is refused', async () => {
    const emulator = await openEmulator();
    const url = `${emulator.url}/m2/demo/profile/update`;
    const parameters = (bytes: number) => 'mboxPC=1&profile.a='.padEnd(bytes, 'x');
    const causes = [
      await send(`${url}?${parameters(8 * 1024)}`),
      await send(`${url}?${parameters(8 * 1024 + 1)}`),
      await send(url, { body: parameters(60 * 1024) }),
      await send(url, { body: parameters(60 * 1024 + 1) }),
    ].map(({ headers }) => headers['x-emulator-cause']);
    expect(causes).toEqual([
      'rule/our-single-miss',
      'rule/lim-single-size',
      'rule/our-single-miss',
      'rule/lim-single-size',
    ]);
  });

  it('ep-literal-client: the literal path is resolved by the host name', async () => {
    const emulator = await openEmulator();
    await emulator.seedProfiles('demo', [{ id: { kind: 'pcId', value: '1' }, attributes: {} }]);
    await send(`${emulator.url}/m2/client/profile/update?mboxPC=1&profile.a=x`, {
      headers: { host: 'demo.tt.omtrdc.net' },
    });
    expect(emulator.profile('demo', { kind: 'pcId', value: '1' })?.attributes).toMatchObject([
      { name: 'a', value: 'x' },
    ]);
  });
});
