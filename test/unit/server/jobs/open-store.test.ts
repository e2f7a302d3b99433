/** Proves ingest and jobs over the real store: in memory, in a directory, and with the writer in its own thread. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Api,
  type BatchId,
  type ClientCode,
  DEFAULT_SETTINGS,
  type Settings,
  type VisitorIdKind,
} from '../../../../src/protocol/vocabulary/index.ts';
import { receiveBatch } from '../../../../src/server/ingest/receive-batch.ts';
import { openFileStore, openMemoryStore } from '../../../../src/server/jobs/open-store.ts';
import type { Store, Writer } from '../../../../src/server/store/store.ts';
import { type BuiltWorker, builtWorker } from './built-worker.ts';

const CLIENT = 'acme' as ClientCode;
const SAMPLE = 'batch=pcId,param1,param2,param3,param4\n123,value1\n124,value1,,,value4\n125,,value2\n126,a,b,c,d';

let directory: string;
let worker: BuiltWorker;
const stores: Store[] = [];

beforeAll(async () => {
  worker = await builtWorker();
});
afterAll(() => worker.remove());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-jobs-'));
});
afterEach(async () => {
  for (const store of stores.splice(0)) await closeStore(store);
  rmSync(directory, { recursive: true, force: true });
});

const BOUNDS = { sliceRowsMax: 100 };

describe.each([
  ['a memory store', async () => openMemoryStore(BOUNDS)],
  ['a file store, inline', () => openFileStore(directory, { writer: 'inline', ...BOUNDS })],
  ['a file store, in a worker', () => openFileStore(directory, { writer: 'worker', workerUrl: worker.url, ...BOUNDS })],
])('%s', (_, openStore) => {
  let store: Store;
  beforeEach(async () => {
    store = await openStore();
    stores.push(store);
  });

  test('takes the sample of the documentation through v1, v2 and v1', async () => {
    const ids: BatchId[] = [];
    for (const api of ['v1', 'v2', 'v1'] as const) {
      ids.push(await submit(store, SAMPLE, { api, batchId: `sample-${ids.length}` }));
      await drain(store.writer);
    }
    const counters = ids.map((id) => store.reader.batch(id)!);
    expect(counters).toMatchObject([
      { status: 'complete', batchSize: 4, consumedCount: 4, successfulUpdates: 0, profilesNotFound: 4 },
      { status: 'complete', batchSize: 4, consumedCount: 4, successfulUpdates: 4, createdProfiles: 4 },
      { status: 'complete', batchSize: 4, consumedCount: 4, successfulUpdates: 4, profilesNotFound: 0 },
    ]);
    expect(attributes(store, 'pcId', '124')).toEqual({ param1: 'value1', param4: 'value4' });
  });

  test('a spooled body in many slices leaves what the file said', async () => {
    const rows = Array.from({ length: 5_000 }, (__, at) => `id${at % 4_000},first%20${at},${at % 3 === 0 ? '' : at}`);
    const id = await submit(store, `batch=thirdPartyId,a,b\n${rows.join('\r\n')}\n,no id\n%ff,x\n`, { api: 'v2' });
    expect(await drain(store.writer)).toBe(51);
    expect(store.reader.batch(id)).toMatchObject({
      status: 'complete',
      batchSize: 5_002,
      consumedCount: 5_002,
      successfulUpdates: 5_000,
      createdProfiles: 4_000,
      failedUpdates: 2,
    });
    // A row that came later stands over one that came before, and leaves what it does not name.
    expect(attributes(store, 'thirdPartyId', 'id0')).toEqual({ a: 'first 4000', b: '4000' });
    expect(attributes(store, 'thirdPartyId', 'id500')).toEqual({ a: 'first 4500', b: '500' });
    expect(attributes(store, 'thirdPartyId', 'id3999')).toEqual({ a: 'first 3999' });
    const failed = store.reader.rows(id, { outcome: 'failed', limit: 10 });
    expect(failed.items.map(({ row, rule }) => `${row} ${rule}`)).toEqual([
      '5001 our-blank-key',
      '5002 our-undecodable',
    ]);
  });

  test('our-body-reading: a form arrives whole, whatever becomes of the buffers it came in', async () => {
    const rows = Array.from({ length: 20_000 }, (__, at) => `${at},a+b%2C${at}`);
    await submit(store, `batch=pcId,x,y%0A${rows.join('%0A')}&c=1`, { api: 'v2', settings: { body: 'form' } });
    await drain(store.writer);
    expect(attributes(store, 'pcId', '0')).toEqual({ x: 'a b', y: '0' });
    expect(attributes(store, 'pcId', '19999')).toEqual({ x: 'a b', y: '19999' });
  });

  test('what the store refuses keeps its message', async () => {
    const visit = { client: 'nobody' as ClientCode, pcId: 'p', thirdPartyId: undefined, newPcId: 'q', now: 0 };
    await expect(store.writer.visit(visit)).rejects.toThrow(/nobody/);
  });

  test('a dropped client leaves nothing, and the steps that follow reclaim it', async () => {
    const id = await submit(store, SAMPLE, { api: 'v2' });
    await drain(store.writer);
    await store.writer.dropClient(CLIENT);
    await drain(store.writer);
    expect(store.reader.batch(id)).toBeUndefined();
    expect(store.reader.profile(CLIENT, { kind: 'pcId', value: '123' }, 0)).toBeUndefined();
  });
});

describe('a file store', () => {
  test('goes on where it stopped: each row is applied once', async () => {
    const rows = Array.from({ length: 3_000 }, (_, at) => `id${at % 1_000},${at},${'x'.repeat(20)}`);
    const first = openFileStore(directory, { writer: 'inline', ...BOUNDS });
    const id = await submit(first, `batch=thirdPartyId,a,b\n${rows.join('\n')}`, { api: 'v2' });
    for (let step = 0; step < 7; step += 1) await first.writer.step(0);
    await closeStore(first);

    const second = openFileStore(directory, { writer: 'worker', workerUrl: worker.url, ...BOUNDS });
    stores.push(second);
    expect(second.reader.batch(id)).toMatchObject({ status: 'incomplete', consumedCount: 700 });
    await drain(second.writer);
    expect(second.reader.batch(id)).toMatchObject({
      consumedCount: 3_000,
      successfulUpdates: 3_000,
      createdProfiles: 1_000,
    });
    for (const at of [0, 1, 499, 999]) {
      expect(attributes(second, 'thirdPartyId', `id${at}`)).toMatchObject({ a: String(at + 2_000) });
    }
  });

  test('a second writer is refused with the code, from a worker too', async () => {
    stores.push(openFileStore(directory, { writer: 'inline' }));
    for (const writer of ['inline', 'worker'] as const) {
      const openSecond = () => openFileStore(directory, { writer, workerUrl: worker.url });
      expect(openSecond).toThrow(expect.objectContaining({ name: 'EmulatorError', code: 'data-directory-in-use' }));
    }
  });

  test('a refused or cut submission leaves no spool file', async () => {
    const store = openFileStore(directory, { writer: 'inline' });
    stores.push(store);
    const before = filesIn(directory);
    const settings = DEFAULT_SETTINGS;
    const long = [`batch=pcId,a\n${'1,x\n'.repeat(100_000)}`, '2,y\n'.repeat(400_001)];
    const refused = await receiveBatch(arriving(long), { api: 'v1', settings, sink: store.bodies.open() });
    expect(refused).toMatchObject({ rule: 'lim-rows' });
    const cut = (async function* () {
      yield* arriving(long.slice(0, 1));
      throw new Error('aborted');
    })();
    await expect(receiveBatch(cut, { api: 'v1', settings, sink: store.bodies.open() })).rejects.toThrow('aborted');
    expect(filesIn(directory)).toEqual(before);
  });
});

interface Submission {
  readonly api: Api;
  readonly batchId?: string;
  readonly settings?: Partial<Settings>;
}

async function submit(store: Store, text: string, { api, batchId = 'batch-1', ...more }: Submission): Promise<BatchId> {
  const settings = { ...DEFAULT_SETTINGS, ...more.settings };
  await store.writer.openClient(CLIENT, settings);
  const received = await receiveBatch(arriving([text]), { api, settings, sink: store.bodies.open() });
  if (received.kind === 'rejection') throw new Error(received.message);
  const { body, batchSize, idKind, diagnostics } = received;
  const id = batchId as BatchId;
  const times = { submittedAt: 0, dueAt: 0 };
  await store.writer.acceptBatch({
    batchId: id,
    client: CLIENT,
    api,
    idKind,
    batchSize,
    body,
    settings,
    diagnostics,
    ...times,
  });
  return id;
}

/** Chunks of one buffer that is written over again and again. */
async function* arriving(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(10_000);
  for (const text of texts) {
    const bytes = Buffer.from(text);
    for (let start = 0; start < bytes.length; start += buffer.length) {
      const length = bytes.copy(buffer, 0, start);
      yield buffer.subarray(0, length);
    }
  }
}

/** Steps until nothing is due; how many that applied rows. */
async function drain(writer: Writer): Promise<number> {
  let steps = 0;
  for (;;) {
    const result = await writer.step(0);
    if (result.rows > 0) steps += 1;
    if (!result.more) return steps;
  }
}

function attributes(store: Store, kind: VisitorIdKind, value: string): Record<string, string> {
  const profile = store.reader.profile(CLIENT, { kind, value }, 0);
  return Object.fromEntries(profile!.attributes.map((attribute) => [attribute.name, attribute.value]));
}

function filesIn(path: string): string[] {
  return readdirSync(path, { recursive: true }).map(String).toSorted();
}

async function closeStore(store: Store): Promise<void> {
  await store.writer.close();
  store.reader.close();
}
