/** Proves that the inline writer is the store it wraps, made asynchronous. */
import { describe, expect, test } from 'vitest';
import { inlineWriter } from '../../../../src/server/jobs/inline-writer.ts';
import type { ClientCode } from '../../../../src/protocol/vocabulary/index.ts';
import { acceptedBatch, fakeSyncStore, numberedRows } from './fake-sync-store.ts';

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

  test('closes the store once', async () => {
    const store = fakeSyncStore();
    const writer = inlineWriter(store);
    await writer.close();
    await writer.close();
    expect(store.closed).toBe(1);
  });
});
