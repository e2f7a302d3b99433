/** Every verb of the list is there on both ways to the store, and both give the same result or the same error. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import type { BatchId, ClientCode } from '../../../../src/protocol/vocabulary/index.ts';
import { openFileStore } from '../../../../src/server/jobs/open-store.ts';
import { VERB_NAMES, type VerbArgs, type VerbName, type Writer } from '../../../../src/server/store/verbs.ts';
import { type BuiltWorker, builtWorker } from './built-worker.ts';
import { acceptedBatch } from './fake-sync-store.ts';

const directories: string[] = [];
let worker: BuiltWorker;
beforeAll(async () => {
  worker = await builtWorker();
});
afterAll(() => {
  worker.remove();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

const acme = 'acme' as ClientCode;
const nobody = 'nobody' as ClientCode;
const fresh = 'fresh' as ClientCode;
const id = { kind: 'pcId', value: 'p1' } as const;
const write = { client: acme, id, attributes: [{ name: 'a', value: '1' }], now: 1 };
const visit = { client: acme, pcId: 'p1', thirdPartyId: 'T', newPcId: 'p9', marketingCloudVisitorId: 'E', now: 2 };
const pace = { pace: { kind: 'manual' }, dueAt: Infinity, pollsLeft: 2 } as const;
const source = { alias: 'crm', name: 'CRM', subscribed: 'all', active: true, keys: [] } as const;
const file = { client: acme, alias: 'crm', name: 'a.csv', receivedAt: 7, bytes: 3 };
const token = { value: 'a', expiresAt: 9 };
const batch = acceptedBatch('acme-1', ['p1,x', 'p2,y']);

/** In the order of the calls. A verb that is added to the list has to be added here: the type asks for it. */
const calls: { readonly [Name in VerbName]: readonly VerbArgs[Name][] } = {
  openClient: [[acme, DEFAULT_SETTINGS]],
  // The second has an id that is taken.
  acceptBatch: [[batch], [batch], [acceptedBatch('acme-2', ['p3,z'], { dueAt: Infinity })]],
  step: [[5]],
  paceBatch: [
    ['acme-2' as BatchId, pace],
    ['acme-1' as BatchId, pace],
  ],
  restartWaits: [[7]],
  countPoll: [['acme-2' as BatchId, 6]],
  releaseBatches: [[7], [7, nobody]],
  updateProfile: [[write], [{ ...write, id: { kind: 'pcId', value: 'p404' } }], [{ ...write, now: -1 }]],
  seedProfiles: [[[write, write]], [[{ ...write, client: nobody }]], [[{ ...write, client: fresh }], DEFAULT_SETTINGS]],
  deleteVisitor: [
    [acme, id, 3],
    [acme, { kind: 'marketingCloudVisitorId', value: 'E' }, 3],
    [nobody, id, 3],
  ],
  visit: [
    [visit],
    [{ ...visit, client: nobody }],
    [{ ...visit, client: fresh }, DEFAULT_SETTINGS],
    [{ ...visit, now: 0.5 }],
  ],
  writeSettings: [
    [acme, DEFAULT_SETTINGS],
    [nobody, DEFAULT_SETTINGS],
    [fresh, { statusShape: '2020' }, DEFAULT_SETTINGS],
  ],
  writePace: [
    [acme, { kind: 'manual' }],
    [nobody, { kind: 'manual' }],
    [fresh, { kind: 'manual' }, DEFAULT_SETTINGS],
  ],
  writeSource: [
    [acme, source],
    [nobody, source],
    [fresh, source, DEFAULT_SETTINGS],
  ],
  addFile: [[file], [{ ...file, fault: { rule: 'ca-fin', message: 'no file' } }], [{ ...file, client: nobody }]],
  changeFile: [[1, { fin: 'a.fin', dueAt: 8, isPacked: false }]],
  endFile: [[1, 9]],
  removeFile: [[1], [404]],
  deleteSource: [
    [acme, 'crm'],
    [nobody, 'crm'],
  ],
  writeToken: [
    [acme, 'profile_api', token],
    [acme, 'profile_api', { ...token, value: 'b' }],
    [acme, 'debug_tools', undefined],
    [nobody, 'profile_api', token],
    [nobody, 'profile_api', undefined],
    [fresh, 'profile_api', token, DEFAULT_SETTINGS],
  ],
  takeSnapshot: Array.from({ length: 9 }, () => []),
  restoreSnapshot: [[1], [404]],
  dropSnapshot: [[1], [404]],
  dropClient: [[acme], [nobody]],
  close: [[], []],
};

async function askEach(writer: Writer): Promise<unknown[]> {
  const answers: unknown[] = [];
  const ask = async <Name extends VerbName>(name: Name, all: readonly VerbArgs[Name][]) => {
    for (const args of all) {
      answers.push(
        await writer[name](...args).then(
          (value) => [name, value],
          (error: Error & { code?: string }) => [name, error.constructor.name, error.name, error.code, error.message],
        ),
      );
    }
  };
  for (const name of Object.keys(calls) as VerbName[]) await ask(name, calls[name]);
  return answers;
}

async function answersOf(kind: 'worker' | 'inline'): Promise<unknown[]> {
  const directory = mkdtempSync(join(tmpdir(), 'tpe-verbs-'));
  directories.push(directory);
  const { writer, reader } = openFileStore(directory, { writer: kind, workerUrl: worker.url });
  expect(Object.keys(writer).filter((name) => (VERB_NAMES as readonly string[]).includes(name))).toEqual(VERB_NAMES);
  reader.close();
  return askEach(writer);
}

test('each verb answers in the worker as it does in this thread', async () => {
  const inline = await answersOf('inline');
  const said = (name: VerbName) => inline.filter((answer) => Array.isArray(answer) && answer[0] === name);
  expect(said('acceptBatch')[1]).toContain('SqliteError');
  expect(said('updateProfile').slice(0, 2)).toEqual([
    ['updateProfile', 'updated'],
    ['updateProfile', 'not-found'],
  ]);
  expect(said('updateProfile')[2]).toContain('-1 is no time in milliseconds');
  expect(said('takeSnapshot')[8]).toContain('snapshots-full');
  expect(said('addFile')[2]).toContain('file-gone');
  expect(said('restoreSnapshot')).toEqual([
    ['restoreSnapshot', true],
    ['restoreSnapshot', false],
  ]);

  const inWorker = await answersOf('worker');
  // Between threads an error of another class than the house's own keeps its name, not its class.
  const named = (answers: unknown[]) =>
    answers.map((answer) => (Array.isArray(answer) && answer.length === 5 ? answer.toSpliced(1, 1) : answer));
  expect(named(inWorker)).toEqual(named(inline));
  expect(inWorker.filter((answer) => Array.isArray(answer) && answer[1] === 'EmulatorError')).toHaveLength(2);
});
