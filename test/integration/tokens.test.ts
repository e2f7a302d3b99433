/** Tokens through the front door and behind it: where they are kept, where they die, and where they must never be seen. */
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEmulator, type RefusedRequest } from '../../src/server/index.ts';
import { builtWorker } from '../unit/server/jobs/built-worker.ts';
import { getJson, openEmulator, send } from './support.ts';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function guarded() {
  const told: RefusedRequest[] = [];
  const emulator = await openEmulator({}, { on: { refused: (refused) => told.push(refused) } });
  const demo = emulator.client('demo');
  await demo.seedProfiles([{ pcId: '1', attributes: { a: 'old' } }]);
  await demo.setSettings({ authentication: 'required' });
  const fetchWith = (headers: Readonly<Record<string, string>>) =>
    send(`${emulator.url}/rest/v1/profiles/1?client=demo`, { headers });
  return { emulator, demo, told, fetchWith };
}

describe('a token', () => {
  it('auth-regenerate, auth-expiry: lets its account in until another is issued, it is revoked, or its time is over', async () => {
    const { emulator, demo, fetchWith } = await guarded();
    const first = await demo.issueToken();
    expect((await fetchWith(bearer(first.accessToken))).status).toBe(200);
    const second = await demo.issueToken({ expiresIn: 60 });
    expect(second.expiresAt).toBe(emulator.clock.now() + 60_000);
    expect((await fetchWith(bearer(first.accessToken))).status).toBe(403);
    expect((await fetchWith({ access_token: second.accessToken })).status).toBe(200);
    emulator.time.advance(60_000);
    expect((await fetchWith(bearer(second.accessToken))).text).toContain('has expired');
    const third = await demo.issueToken();
    await demo.revokeToken();
    expect([(await fetchWith(bearer(third.accessToken))).status, demo.token()]).toEqual([403, undefined]);
  });

  it('err-auth-403: is missed in words that one client reads, the reason phrase, over a socket and in process', async () => {
    const { emulator } = await guarded();
    const phrase = await new Promise((resolve) => {
      const url = `${emulator.url}/rest/v1/profiles/1?client=demo`;
      request(url, (reply) => resolve(reply.resume().statusMessage)).end();
    });
    const reply = await emulator.fetch(new Request('http://localhost/rest/v1/profiles/1?client=demo'));
    expect([phrase, reply.statusText]).toEqual(['Forbidden', 'Forbidden']);
  });

  it('err-auth-403: is asked for before anything is written, counted or taken in', async () => {
    const { emulator, demo, told } = await guarded();
    await demo.setSettings({ rateLimit: 'submissions-and-status' });
    const url = `${emulator.url}/m2/demo`;
    for (let call = 0; call < 60; call += 1)
      await send(`${url}/v2/profile/batchUpdate`, { body: 'batch=pcId,a\n1,new' });
    expect((await send(`${url}/profile/update?mboxPC=1&profile.a=new`)).status).toBe(403);
    expect((await send(`${url}/profile/batchStatus?batchId=x`)).status).toBe(403);
    expect(emulator.batches()).toEqual([]);
    expect(demo.profile({ kind: 'pcId', value: '1' })?.attributes).toMatchObject([{ value: 'old' }]);
    expect(told.at(-1)).toMatchObject({ status: 403, cause: 'rule/err-auth-403' });
    expect(told.at(-1)?.reason).toContain('POST /__emulator/clients/CLIENT/token');
    const { accessToken } = await demo.issueToken();
    const body = 'batch=pcId,a\n1,new';
    expect((await send(`${url}/v2/profile/batchUpdate`, { body, headers: bearer(accessToken) })).status).toBe(200);
  });

  it('is seen by nobody but those who ask for it: no journal, log, list, snapshot, error or description has it', async () => {
    const { emulator, demo, told, fetchWith } = await guarded();
    const { accessToken: old } = await demo.issueToken();
    const { accessToken } = await demo.issueToken();
    for (const token of [old, accessToken]) {
      await fetchWith(bearer(token));
      await send(`${emulator.url}/rest/v1/profiles/1?client=demo&access_token=${token}`);
      await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, {
        body: JSON.stringify({ access_token: token }),
        headers: bearer(token),
      });
    }
    const admin = `${emulator.url}/demo/target/authentication/token?authorizationScope=profile_api`;
    const shown = await send(admin, { headers: bearer('ims-secret') });
    expect(shown.text).toContain(accessToken);
    await emulator.snapshot();
    const paths = ['/journal', '/clients', '/snapshots', '/clients/demo/settings', '/sizes', '/health', '/batches'];
    const seen = await Promise.all(paths.map((path) => getJson(`${emulator.url}/__emulator${path}`)));
    for (const token of [old, accessToken, 'ims-secret']) expect(JSON.stringify([seen, told])).not.toContain(token);
    expect(JSON.stringify(seen)).toContain('authorizationScope=profile_api');
    expect(emulator.journal.read({ operation: 'token' }).entries).toMatchObject([{ client: 'demo', status: 200 }]);
  });

  it('is kept with the data, put back with a snapshot, and gone with its client code', async () => {
    const data = mkdtempSync(join(tmpdir(), 'tpe-tokens-'));
    onTestFinished(() => rmSync(data, { recursive: true, force: true }));
    const worker = await builtWorker();
    onTestFinished(worker.remove);
    const workerUrl = worker.url;
    const first = await createEmulator({ data }, { workerUrl });
    const { accessToken } = await first.issueToken('demo');
    const snapshot = await first.snapshot();
    const { accessToken: later } = await first.issueToken('demo');
    expect(first.token('demo')?.accessToken).toBe(later);
    await first.restore(snapshot);
    expect(first.token('demo')?.accessToken).toBe(accessToken);
    await first.close();
    const second = await createEmulator({ data }, { workerUrl });
    expect(second.token('demo')?.accessToken).toBe(accessToken);
    expect((await second.issueToken('demo')).accessToken, 'the same seed again').not.toBe(accessToken);
    await second.dropClient('demo');
    await second.openApi();
    await second.setSettings('demo', {});
    expect(second.token('demo')).toBeUndefined();
    await second.close();
  });
});

describe('the Admin API', () => {
  it('tok-admin-auth, tok-error-shape: answers by the name it has, and refuses without an authorization or for another media type', async () => {
    const { emulator } = await guarded();
    const url = `${emulator.url}/demo/target/authentication/token?authorizationScope=profile_api`;
    const host = { host: 'mc.adobe.io' };
    const made = await send(url, { method: 'POST', headers: { ...host, ...bearer('ims') } });
    expect([made.status, made.headers['cache-control']]).toEqual([201, 'no-store']);
    const refused = await send(url, { headers: host });
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([
      401,
      { httpStatus: 401, errors: [{ errorCode: 'emulator.tok-admin-auth' }] },
    ]);
    const other = await send(url, { headers: { ...host, ...bearer('ims'), accept: 'text/html' } });
    expect(other.status).toBe(406);
    expect((await send(url, { headers: { ...bearer('ims'), accept: 'application/json' } })).status).toBe(200);
    expect((await send(url, { method: 'PUT', body: '', headers: host })).status).toBe(405);
    const rest = await send(`${emulator.url}/demo/target/activities`, { headers: host });
    expect([rest.status, rest.headers['x-emulator-cause']]).toEqual([501, 'emulator/not-emulated']);
  });

  it('our-unknown-client, our-token-tenant: makes its tenant a client code, but not where unknown ones are refused', async () => {
    const lenient = await openEmulator();
    const path = '/fresh/target/authentication/token?scope=profile_api';
    expect((await send(lenient.url + path, { method: 'POST', headers: bearer('ims') })).status).toBe(201);
    expect(lenient.clients().map(({ client }) => client)).toEqual(['fresh']);
    const strict = await openEmulator({ mode: 'strict' });
    expect((await send(strict.url + path, { method: 'POST', headers: bearer('ims') })).status).toBe(404);
    expect((await send(strict.url + path.replace('fresh', 'a.b'), { headers: bearer('ims') })).status).toBe(400);
    expect(strict.clients()).toEqual([]);
  });
});
