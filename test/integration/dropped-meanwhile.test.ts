/** A client code dropped while others change it: each request is done whole, before or after, and none meets a bug. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/protocol/vocabulary/index.ts';
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
