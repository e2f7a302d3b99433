/** Proves that the inline writer is the store it wraps, made asynchronous. */
import { describe, expect, test } from 'vitest';
import { inlineWriter } from '../../../../src/server/jobs/inline-writer.ts';
import { type ClientCode, DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import { openSyncStore } from '../../../../src/server/store/sqlite-store.ts';
import { memoryPlace } from '../../../../src/server/store/store-place.ts';
import { acceptedBatch, fakeSyncStore, numberedRows } from './fake-sync-store.ts';

const SOURCE = { alias: 'crm', name: 'crm', subscribed: 'all', active: true, keys: [] } as const;

describe('inlineWriter', () => {
  test('accepts, steps and completes', async () => {
    const store = fakeSyncStore();
    const writer = inlineWriter(store, { sliceRowsMax: 10 });
    await writer.acceptBatch(acceptedBatch('one', numberedRows(15)));
    expect(await writer.step(0)).toMatchObject({ rows: 10, more: true });
    expect(await writer.step(0)).toMatchObject({ rows: 5, completed: ['one'], more: false });
  });

  test('has done its work when the call returns', () => {
    const store = fakeSyncStore();
    const writer = inlineWriter(store);
    void writer.acceptBatch(acceptedBatch('one', ['1,x']));
    void writer.step(0);
    expect(store.batch('one').status).toBe('complete');
  });

  test('rejects with what the store throws', async () => {
    const store = fakeSyncStore();
    store.visit = () => {
      throw new Error('disk full');
    };
    const visit = { client: 'one' as ClientCode, pcId: undefined, thirdPartyId: undefined, newPcId: 'p', now: 0 };
    await expect(inlineWriter(store).visit(visit)).rejects.toThrow('disk full');
  });

  test.each(['restoreSnapshot', 'close'] as const)('lets the file go that is half applied: %s', async (verb) => {
    const store = openSyncStore({ place: memoryPlace() });
    let open = 0;
    const counted: typeof store = {
      ...store,
      openFile(sequence) {
        const parts = store.openFile(sequence)!;
        open += 1;
        const close = () => {
          open -= 1;
          parts.close();
        };
        return { ...parts, close };
      },
    };
    const writer = inlineWriter(counted, { sliceRowsMax: 1 });
    const client = 'one' as ClientCode;
    await writer.writeSource(client, SOURCE, DEFAULT_SETTINGS);
    const bytes = Buffer.from('id,a\nC-1,x\nC-2,x\nC-3,x\n');
    const file = { client, alias: 'crm', name: 'a.csv', bytes: bytes.length, receivedAt: 0 };
    const sequence = await writer.addFile({ ...file, body: { kind: 'inline', bytes } });
    await writer.changeFile(sequence, { fin: '', dueAt: 0, isPacked: false });
    const { id } = await writer.takeSnapshot();
    await writer.step(0);
    expect(open).toBe(1);
    await (verb === 'close' ? writer.close() : writer.restoreSnapshot(id));
    expect(open).toBe(0);
    if (verb === 'close') return;
    const ended: number[] = [];
    for (let more = true; more;) {
      const result = await writer.step(0);
      ended.push(...(result.files ?? []));
      ({ more } = result);
    }
    expect([ended, open]).toEqual([[sequence], 0]);
  });

  test('closes the store once', async () => {
    const store = fakeSyncStore();
    const writer = inlineWriter(store);
    await writer.close();
    await writer.close();
    expect(store.closed).toBe(1);
  });
});
