/** A client code dropped while others change it: each request is done whole, before or after, and none meets a bug. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ClientCode, DEFAULT_SETTINGS } from '../../src/protocol/vocabulary/index.ts';
import { openMemoryStore } from '../../src/server/jobs/open-store.ts';
import { writerOf } from '../../src/server/store/verbs.ts';
import { type BuiltWorker, builtWorker } from '../unit/server/jobs/built-worker.ts';
import { json, openEmulator, send } from './support.ts';

let worker: BuiltWorker;
beforeAll(async () => {
  worker = await builtWorker();
});
afterAll(() => worker.remove());

const CHANGES = [
  ['PUT', '/settings', { statusShape: '2020' }],
  ['PUT', '/pace', { kind: 'manual' }],
  ['POST', '/visits', { thirdPartyId: 'ann' }],
  ['POST', '/profiles', { profiles: [{ pcId: '1', attributes: { a: 'x' } }] }],
] as const;

const FILES = '/__emulator/clients/demo/sources/crm/files';
const content = (text: string) => json({ content: Buffer.from(text).toString('base64') });

/** What is asked, around which of its verbs the client code goes, and how that is answered. */
it.each([
  ['POST', '/rest/v1/delivery?client=demo&sessionId=s1', 'before', 'visit', 200],
  ['PUT', '/__emulator/clients/demo/sources/crm', 'after', 'writeSource', 404],
  ['PUT', `${FILES}/a.csv`, 'before', 'addFile', 409],
  ['PUT', `${FILES}/a.csv`, 'after', 'addFile', 409],
  ['PUT', `${FILES}/a.csv`, 'after', 'changeFile', 409],
  ['PUT', `${FILES}/a.csv.gz`, 'after', 'addFile', 409],
  ['PUT', `${FILES}/a.txt`, 'before', 'endFile', 409],
  ['DELETE', '/__emulator/clients/demo/token?scope=profile_api', 'before', 'writeToken', 204],
] as const)('%s %s of a client code that is dropped %s %s: %i', async (method, path, when, verb, status) => {
  const store = openMemoryStore();
  let isArmed = false;
  const writer = writerOf(async (name, args) => {
    const drops = isArmed && name === verb;
    if (drops && when === 'before') await store.writer.dropClient('demo' as ClientCode);
    const result = await store.writer[name](...args);
    if (drops && when === 'after') await store.writer.dropClient('demo' as ClientCode);
    return result;
  });
  const { url, customerAttributes, issueToken } = await openEmulator({}, { store: { ...store, writer } });
  await customerAttributes.setSource('demo', 'crm', { password: 'x' });
  await issueToken('demo', { scope: 'profile_api' });
  isArmed = true;
  const call = { context: { channel: 'web' }, id: { thirdPartyId: 'ann' }, execute: { mboxes: [] } };
  const source = json({ password: 'y' });
  const body = path.startsWith(FILES) ? content('id,a\nC-1,x\n') : method === 'POST' ? json(call) : source;
  const reply = await send(`${url}${path}`, { method, ...(method === 'DELETE' ? {} : body) });
  expect(reply.status, reply.text).toBe(status);
});

describe.each(['memory', 'a directory'])('in %s', (place) => {
  it('settings, paces, visits and profiles of a client code that is dropped meanwhile', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tpe-dropped-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const emulator = await openEmulator(place === 'memory' ? {} : { data: directory }, { workerUrl: worker.url });
    const control = `${emulator.url}/__emulator/clients/demo`;
    for (let round = 0; round < 20; round += 1) {
      // All at once, in another order each time.
      const replies = await Promise.all(
        [...CHANGES, ...CHANGES].flatMap(([method, path, body], index) => [
          send(`${control}${path}`, { method, ...json(body) }),
          ...(index % 4 === round % 4 ? [send(control, { method: 'DELETE' })] : []),
        ]),
      );
      expect(replies.map(({ status, text }) => (status === 200 || status === 204 ? '' : text)).join('')).toBe('');
    }
  });

  it('the same asked for in one turn, and readings of a dropped life never come back with the next one', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tpe-dropped-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const emulator = await openEmulator(place === 'memory' ? {} : { data: directory }, { workerUrl: worker.url });
    const { dropClient, setPace, visit, seedProfiles, setSettings } = emulator;
    await setSettings('demo', { statusShape: '2020' });
    await Promise.all([setPace('demo', { kind: 'manual' }), dropClient('demo')]);
    await Promise.all([visit('demo', { thirdPartyId: 'ann' }), dropClient('demo')]);
    await Promise.all([seedProfiles('demo', [{ pcId: '1' }]), dropClient('demo')]);
    await Promise.all([setSettings('demo', { statusShape: '2020' }), dropClient('demo')]);
    expect(emulator.settings('demo')).toBeUndefined();
    await Promise.all([dropClient('demo'), setSettings('demo', { illegalIds: 'accept' })]);
    expect(emulator.settings('demo')).toEqual({ ...DEFAULT_SETTINGS, illegalIds: 'accept' });
  });
});
