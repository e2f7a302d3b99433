/** What a status request reads of a batch is what the whole record says. */
import { expect, it } from 'vitest';
import { DEMO, NOW, openTestStore } from './store-fixture.ts';

const rows = [
  { id: '1', values: { a: 'x' } },
  { id: '2', values: { a: 'y' } },
];

it('agrees with the record of a batch that waits, that has ended, and that is stuck', () => {
  const { accept, apply, store, reader } = openTestStore();
  apply({ api: 'v1', rows });
  const ended = apply({ rows });
  const waits = accept({ rows, dueAt: NOW + 1 });
  const check = (batchId: string) => {
    const progress = reader.progress(batchId);
    expect(progress).toBeDefined();
    expect(reader.batch(batchId)).toMatchObject(progress!);
  };
  check(ended);
  expect(reader.progress(ended)).toMatchObject({ successfulUpdates: 2, completedAt: NOW });
  check(waits);
  store.abandonBatch(reader.batch(waits)!.sequence, NOW);
  check(waits);
  expect(reader.progress(waits)).toMatchObject({ status: 'stuck', completedAt: undefined });
});

it('knows no batch that never was, nor one whose client code was dropped', () => {
  const { apply, store, reader } = openTestStore();
  const batchId = apply({ rows });
  store.dropClient(DEMO);
  expect([reader.progress('demo-0'), reader.progress(batchId)]).toEqual([undefined, undefined]);
});
