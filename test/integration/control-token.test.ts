/** The control token: what is open without it, what is not, and how a browser comes by a cookie. */
import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../../src/server/index.ts';
import { getJson, json, openEmulator, send } from './support.ts';

const TOKEN = 'correct-horse-battery';
const bearer = { authorization: `Bearer ${TOKEN}` };

const furnished = async () => {
  const emulator = await openEmulator({ controlToken: TOKEN });
  await emulator.seedProfiles('demo', [{ pcId: '1', attributes: { a: 'old' } }]);
  return { emulator, control: `${emulator.url}/__emulator` };
};

describe('the control token', () => {
  it('is wanted by every operation but health, and a refusal does nothing', async () => {
    const { emulator, control } = await furnished();
    for (const headers of [
      {},
      { authorization: 'Bearer wrong-wrong' },
      { authorization: TOKEN },
      { cookie: `tpe=${TOKEN}` },
    ]) {
      const dropped = await send(`${control}/clients/demo`, { method: 'DELETE', headers });
      expect([dropped.status, JSON.parse(dropped.text).error.code]).toEqual([401, 'control-token']);
      expect(dropped.headers['www-authenticate']).toMatch(/^Bearer /);
      expect(dropped.text).not.toContain(TOKEN);
      const read = await send(`${control}/clients/demo/profiles`, { headers });
      expect([read.status, read.text.includes('old')]).toEqual([401, false]);
    }
    expect(emulator.profiles('demo').items).toHaveLength(1);
    expect((await send(`${control}/clients/demo`, { method: 'DELETE', headers: bearer })).status).toBe(204);
    expect(emulator.profiles('demo').items).toHaveLength(0);
  });

  it("is wanted by the stream of events, which names batches and client codes, and not by the console's page", async () => {
    const { control } = await furnished();
    const events = await send(`${control}/events`);
    expect([events.status, JSON.parse(events.text).error.code]).toEqual([401, 'control-token']);
    const foreign = await send(`${control}/events`, { headers: { ...bearer, 'sec-fetch-site': 'same-site' } });
    expect(foreign.status).toBe(403);
    for (const path of ['/', '/assets/none.js']) expect((await send(`${control}${path}`)).status, path).not.toBe(401);
  });

  it('leaves health open, which has no data in it, and the emulated API as it is', async () => {
    const { emulator, control } = await furnished();
    expect(await getJson(`${control}/health`)).toEqual(emulator.health());
    expect((await send(`${emulator.url}/rest/v1/profiles/1?client=demo`)).status).toBe(200);
  });

  it('is not wanted on loopback unless it is given, and made beyond, another one each time', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '::1']) {
      expect(resolveOptions({ host }).controlToken, host).toBeUndefined();
    }
    expect(resolveOptions({ controlToken: TOKEN }).controlToken).toBe(TOKEN);
    for (const host of ['0.0.0.0', '::', '192.168.1.2', 'crm.internal']) {
      const made = [resolveOptions({ host }).controlToken, resolveOptions({ host }).controlToken];
      expect(made[0], host).toMatch(/^[\w-]{24}$/);
      expect(made[0]).not.toBe(made[1]);
      expect(resolveOptions({ host, controlToken: TOKEN }).controlToken).toBe(TOKEN);
    }
    expect(() => resolveOptions({ controlToken: 'short' })).toThrow(/8 or more/);
  });

  it('keeps out another machine that calls itself localhost, whatever the token', async () => {
    const { emulator } = await furnished();
    const incoming = { socket: { remoteAddress: '10.0.0.9' } };
    // As another application of @hono/node-server hands it on.
    const fetched = await emulator.app.request('http://localhost/rest/v1/profiles/1?client=demo', {}, { incoming });
    expect(fetched.status).toBe(403);
    const dropped = await emulator.app.request(
      'http://localhost/__emulator/clients/demo',
      { method: 'DELETE', headers: bearer },
      { incoming },
    );
    expect(dropped.status).toBe(403);
    expect(emulator.profiles('demo').items).toHaveLength(1);
  });
});

describe('a browser', () => {
  const cookieIn = (reply: Awaited<ReturnType<typeof send>>) => reply.headers['set-cookie']?.[0] ?? '';

  it('trades the token of a link for a cookie, once, and needs no token from then on', async () => {
    const { emulator, control } = await furnished();
    const traded = await send(`${control}/login?token=${TOKEN}`, {
      headers: { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
    });
    expect([traded.status, traded.headers.location]).toEqual([303, '/__emulator/']);
    expect(traded.headers['referrer-policy']).toBe('no-referrer');
    const cookie = cookieIn(traded);
    expect(cookie).toMatch(/^tpe-[0-9a-f]{8}=[\w-]+; Path=\/__emulator; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(TOKEN);
    const headers = { cookie: `theme=dark; ${cookie.split(';')[0]}` };
    expect((await send(`${control}/clients/demo/profiles`, { headers })).text).toContain('old');
    const seeded = await send(`${control}/clients/demo/profiles`, {
      ...json({ profiles: [{ pcId: '2' }] }),
      headers: { ...headers, origin: emulator.url },
    });
    expect(seeded.status).toBe(200);
    const other = await openEmulator({ controlToken: `${TOKEN}-2` });
    expect((await send(`${other.url}/__emulator/clients`, { headers })).status).toBe(401);
  });

  it('gets none for another token, or none, and a page may ask with the token as a bearer', async () => {
    const { control } = await furnished();
    for (const query of ['', '?token=', '?token=wrong-wrong']) {
      const refused = await send(`${control}/login${query}`);
      expect([refused.status, cookieIn(refused)], query).toEqual([401, '']);
    }
    const asked = await send(`${control}/login`, { method: 'POST', headers: bearer });
    expect([asked.status, cookieIn(asked)]).toEqual([204, expect.stringContaining('HttpOnly; SameSite=Strict')]);
  });

  it('is led on where no token is wanted, so that one link does for both', async () => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/__emulator/login?token=whatever`);
    expect([reply.status, reply.headers.location]).toEqual([303, '/__emulator/']);
  });

  it('and its cookie are no use to a page from elsewhere', async () => {
    const { emulator, control } = await furnished();
    const cookie = cookieIn(await send(`${control}/login?token=${TOKEN}`)).split(';')[0]!;
    for (const site of ['same-site', 'cross-site']) {
      const headers = { cookie, 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' };
      expect((await send(`${control}/clients/demo/profiles`, { headers })).status).toBe(403);
    }
    expect(emulator.profiles('demo').items).toHaveLength(1);
  });
});
