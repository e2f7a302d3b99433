/** Proves in which order, in which slices and how fairly batches are applied. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import { batchSteps, type StepOptions } from '../../../../src/server/jobs/batch-steps.ts';
import { profileHash } from '../../../../src/server/store/profile-key.ts';
import { acceptedBatch, type FakeSyncStore, fakeSyncStore, numberedRows } from './fake-sync-store.ts';

function drain(store: FakeSyncStore, options?: StepOptions, now = 0): void {
  const step = batchSteps(store, options);
  while (step(now).more);
}

describe('batchSteps, one batch', () => {
  test('applies every row once, the grammar deciding what it says', () => {
    const store = fakeSyncStore();
    const rows = ['1,x', ' %32 ,%C3%A9,y', ',z', '4', '5,%ff', '6,a,b,surplus', '7,null'];
    store.acceptBatch(acceptedBatch('one', rows));
    drain(store);
    const { rows: applied, notes, status } = store.batch('one');
    expect(status).toBe('complete');
    expect(applied.toSorted((a, b) => a.row - b.row).map(({ row, what }) => `${row} ${what}`)).toEqual([
      '1 1 a=x',
      '2 2 a=é b=y',
      '3 failed our-blank-key 1',
      '4 ignored',
      '5 failed our-undecodable 2',
      '6 6 a=a b=b',
      '7 7 a=null',
    ]);
    expect(Object.fromEntries(notes)).toEqual({ 'our-surplus-cells': 1, 'empty-null-word': 1 });
  });

  test('gives each row the hash of its identity, and none to a row that writes nothing', () => {
    const store = fakeSyncStore();
    store.acceptBatch(acceptedBatch('one', ['a.28_20,x', '%61,y', ',z']));
    drain(store);
    const hash = profileHash(1, 'pcId').ofText('a');
    expect(
      store
        .batch('one')
        .rows.toSorted((a, b) => a.row - b.row)
        .map((row) => row.hash),
    ).toEqual([hash, hash, undefined]);
  });

  test('our-not-utf8: a row of raw bytes that are not UTF-8 fails alone', () => {
    const store = fakeSyncStore();
    const bytes = Buffer.from('batch=pcId,a\n1,\xff\n2,\xe9t\xe9\n', 'latin1');
    const body = Buffer.concat([bytes, Buffer.from('3,é')]);
    store.acceptBatch({ ...acceptedBatch('one', ['', '', '']), body: { kind: 'inline', bytes: body } });
    drain(store);
    expect(
      store
        .batch('one')
        .rows.map(({ row, what }) => `${row} ${what}`)
        .toSorted(),
    ).toEqual(['1 failed our-not-utf8 0', '2 failed our-not-utf8 0', '3 3 a=é']);
  });

  test('our-header-only: a batch without rows is complete after one step', () => {
    const store = fakeSyncStore();
    store.acceptBatch(acceptedBatch('one', []));
    expect(batchSteps(store)(0)).toEqual({ rows: 0, completed: ['one'], nextDueAt: undefined, more: false });
    expect(store.batch('one').status).toBe('complete');
  });

  test('our-duplicate-ids: rows of one id are applied in the order of the file', () => {
    const store = fakeSyncStore();
    const rows = Array.from({ length: 600 }, (_, at) => `${at % 7},x${at}`);
    store.acceptBatch(acceptedBatch('one', rows));
    drain(store, { sliceRowsMax: 50 });
    for (let id = 0; id < 7; id += 1) {
      const numbers = store
        .batch('one')
        .rows.filter(({ what }) => what.startsWith(`${id} `))
        .map(({ row }) => row);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(numbers).toHaveLength(id < 5 ? 86 : 85);
    }
  });

  test('our-batch-order: a client with links has its pcId batches applied in the order of the file', () => {
    const store = fakeSyncStore();
    store.linked.add('one');
    store.acceptBatch(acceptedBatch('one', numberedRows(300)));
    store.acceptBatch(acceptedBatch('one-3rd', numberedRows(300), { header: 'thirdPartyId,a' }));
    drain(store, { sliceRowsMax: 100 });
    expect(store.batch('one').rows.map(({ row }) => row)).toEqual(Array.from({ length: 300 }, (_, at) => at + 1));
    expect(store.batch('one')).toMatchObject({ order: 'arrival' });
    expect(store.batch('one-3rd')).toMatchObject({ order: 'key' });
  });

  test('our-batch-order: a large body is read over several steps, small batches get theirs between them, and links that appear meanwhile count', () => {
    const store = fakeSyncStore();
    const rows = Array.from({ length: 300 }, (_, at) => `id${at},${'x'.repeat(40_000)}`);
    store.acceptBatch(acceptedBatch('big', rows));
    const step = batchSteps(store, { sliceRowsMax: 100 });
    expect(step(0)).toEqual({ rows: 0, completed: [], nextDueAt: undefined, more: true });
    store.acceptBatch(acceptedBatch('tiny', numberedRows(2)));
    expect(step(0)).toMatchObject({ rows: 2, completed: ['tiny'] });
    expect(store.batch('big').rows).toEqual([]);
    store.linked.add('big');
    while (step(0).more);
    expect(store.batch('big').rows.map(({ row }) => row)).toEqual(Array.from({ length: 300 }, (_, at) => at + 1));
  });

  test('slices end at the bound of rows and at the bound of bytes', () => {
    const byRows = fakeSyncStore();
    byRows.acceptBatch(acceptedBatch('one', numberedRows(25)));
    drain(byRows, { sliceRowsMax: 10 });
    expect(byRows.batch('one').slices).toEqual([10, 10, 5]);
    const byBytes = fakeSyncStore();
    byBytes.acceptBatch(acceptedBatch('one', ['1,' + 'x'.repeat(97), '2,' + 'x'.repeat(97), '3,' + 'x'.repeat(997)]));
    drain(byBytes, { sliceBytesMax: 250 });
    const { slices, rows } = byBytes.batch('one');
    expect(slices.length).toBeGreaterThan(1);
    expect(rows).toHaveLength(3);
  });

  test('a body that is lost, or not what was accepted, makes the batch stuck and the next one goes on', () => {
    const store = fakeSyncStore();
    store.acceptBatch(acceptedBatch('one-lost', numberedRows(3)));
    store.acceptBatch(acceptedBatch('one-cut', numberedRows(3), { batchSize: 4 }));
    store.acceptBatch(acceptedBatch('one-good', numberedRows(3)));
    store.loseBody('one-lost');
    drain(store);
    expect(['one-lost', 'one-cut', 'one-good'].map((id) => store.batch(id).status)).toEqual([
      'stuck',
      'stuck',
      'complete',
    ]);
  });

  test('resuming after any number of slices equals no interruption', () => {
    const line = fc
      .tuple(fc.constantFrom('a', 'b', '%61', 'c.1', 'é', '%', '', 'x,y,z,w'), fc.nat(9))
      .map(([id, value]) => (id === '' || id === '%' ? id + ',' : id) + (id.includes(',') ? '' : `,${value}`));
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 200, size: 'max' }),
        fc.array(fc.record({ steps: fc.nat(3), rows: fc.integer({ min: 1, max: 60 }), links: fc.boolean() }), {
          maxLength: 6,
        }),
        fc.boolean(),
        (rows, runs, linksFirst) => {
          const whole = fakeSyncStore();
          const broken = fakeSyncStore();
          for (const store of [whole, broken]) {
            store.acceptBatch(acceptedBatch('one', rows));
            if (linksFirst) store.linked.add('one');
          }
          batchSteps(whole, { sliceRowsMax: 1 })(0);
          batchSteps(broken, { sliceRowsMax: 1 })(0);
          drain(whole);
          for (const { steps, rows: sliceRowsMax, links } of runs) {
            // Links that appear or go while the batch is under way change nothing.
            if (links) broken.linked.add('one');
            else broken.linked.delete('one');
            const step = batchSteps(broken, { sliceRowsMax });
            for (let count = 0; count < steps; count += 1) step(0);
          }
          drain(broken);
          expect(broken.batch('one').rows).toEqual(whole.batch('one').rows);
          expect(broken.batch('one').notes).toEqual(whole.batch('one').notes);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a slice that fails is applied again, whole, by the next step', () => {
    const store = fakeSyncStore();
    store.acceptBatch(acceptedBatch('one', numberedRows(30)));
    const step = batchSteps(store, { sliceRowsMax: 10 });
    step(0);
    store.onCommit = () => {
      throw new Error('disk full');
    };
    expect(() => step(0)).toThrow('disk full');
    store.onCommit = undefined;
    while (step(0).more);
    expect(new Set(store.batch('one').rows.map(({ row }) => row)).size).toBe(30);
    expect(store.batch('one').slices).toEqual([10, 10, 10]);
  });
});

describe('batchSteps, several batches', () => {
  test('our-batch-order: batches of one client are applied in the order of acceptance', () => {
    const store = fakeSyncStore();
    for (const name of ['one-1', 'one-2', 'one-3']) store.acceptBatch(acceptedBatch(name, numberedRows(7)));
    drain(store, { sliceRowsMax: 5 });
    expect(store.journal).toEqual(['one-1:5', 'one-1:2', 'one-2:5', 'one-2:2', 'one-3:5', 'one-3:2']);
  });

  test('our-batch-order: other clients overtake between slices, round robin', () => {
    const store = fakeSyncStore();
    store.acceptBatch(acceptedBatch('big', numberedRows(40)));
    const step = batchSteps(store, { sliceRowsMax: 10 });
    step(0);
    store.acceptBatch(acceptedBatch('mid', numberedRows(20)));
    store.acceptBatch(acceptedBatch('tiny', numberedRows(2)));
    while (step(0).more);
    expect(store.journal).toEqual(['big:10', 'tiny:2', 'big:10', 'mid:10', 'big:10', 'mid:10', 'big:10']);
  });

  test('our-batch-order: a stream of newcomers does not starve a large batch', () => {
    const store = fakeSyncStore();
    store.acceptBatch(acceptedBatch('big', numberedRows(30)));
    const step = batchSteps(store, { sliceRowsMax: 10 });
    for (let client = 0; client < 20; client += 1) {
      store.acceptBatch(acceptedBatch(`new${client}`, numberedRows(10)));
      step(0);
    }
    expect(store.batch('big').status).toBe('complete');
  });

  test('our-batch-order: a stream of small newcomers takes every second step at most', () => {
    const store = fakeSyncStore();
    store.acceptBatch(acceptedBatch('big', numberedRows(50)));
    const step = batchSteps(store, { sliceRowsMax: 10 });
    for (let client = 0; client < 10; client += 1) {
      step(0);
      store.acceptBatch(acceptedBatch(`new${client}`, numberedRows(2)));
    }
    expect(store.batch('big').status).toBe('complete');
  });

  test('small batches share a step while they fit into it whole', () => {
    const store = fakeSyncStore();
    for (const client of ['a', 'b', 'c', 'd']) store.acceptBatch(acceptedBatch(client, numberedRows(4)));
    const step = batchSteps(store, { sliceRowsMax: 10 });
    expect(step(0)).toMatchObject({ rows: 8, completed: ['a', 'b'], more: true });
    expect(step(0)).toMatchObject({ rows: 8, completed: ['c', 'd'], more: false });
  });

  test('our-batch-order: all small batches that wait share one step between two slices of a large one', () => {
    const store = fakeSyncStore();
    store.acceptBatch(acceptedBatch('big', numberedRows(100)));
    const step = batchSteps(store, { sliceRowsMax: 10 });
    step(0);
    for (const batch of ['tiny-1', 'tiny-2', 'tiny-3', 'wee-1'])
      store.acceptBatch(acceptedBatch(batch, numberedRows(2)));
    step(0);
    expect(store.journal).toEqual(['big:10', 'tiny-1:2', 'wee-1:2', 'tiny-2:2', 'tiny-3:2']);
  });

  test('a step of tiny batches is bounded by their number', () => {
    const store = fakeSyncStore();
    for (let batch = 0; batch < 150; batch += 1) store.acceptBatch(acceptedBatch(`one-${batch}`, ['1,x']));
    const step = batchSteps(store);
    expect(step(0)).toMatchObject({ rows: 100, more: true });
    expect(step(0)).toMatchObject({ rows: 50, more: false });
  });

  test('a batch that is not due holds up its own client only, and is announced', () => {
    const store = fakeSyncStore();
    store.acceptBatch(acceptedBatch('one-later', numberedRows(1), { dueAt: 2_000 }));
    store.acceptBatch(acceptedBatch('one-now', numberedRows(1)));
    store.acceptBatch(acceptedBatch('two', numberedRows(1), { dueAt: 1_000 }));
    store.acceptBatch(acceptedBatch('manual', numberedRows(1), { dueAt: Infinity }));
    const step = batchSteps(store);
    expect(step(0)).toEqual({ rows: 0, completed: [], nextDueAt: 1_000, more: false });
    expect(step(1_000)).toEqual({ rows: 1, completed: ['two'], nextDueAt: 2_000, more: false });
    expect(step(2_000)).toEqual({ rows: 2, completed: ['one-later', 'one-now'], nextDueAt: undefined, more: false });
    store.releaseBatches(2_001);
    expect(step(2_001)).toMatchObject({ completed: ['manual'] });
  });

  test('bodies held between steps are bounded: one that does not fit waits, and small ones pass it', () => {
    const store = fakeSyncStore();
    for (const client of ['a', 'b']) store.acceptBatch(acceptedBatch(client, numberedRows(25)));
    store.acceptBatch(acceptedBatch('tiny', numberedRows(1)));
    drain(store, { sliceRowsMax: 10, heldBytesMax: 300 });
    expect(store.journal).toEqual(['a:10', 'tiny:1', 'a:10', 'a:5', 'b:10', 'b:10', 'b:5']);
    expect(store.bodiesRead).toBe(3);
  });

  test('a body is read once, however many clients take turns', () => {
    const store = fakeSyncStore();
    for (const client of ['a', 'b', 'c']) store.acceptBatch(acceptedBatch(client, numberedRows(50)));
    drain(store, { sliceRowsMax: 10 });
    expect(store.bodiesRead).toBe(3);
  });

  test('a clock that goes back leaves nobody waiting for room', () => {
    const store = fakeSyncStore();
    store.acceptBatch(acceptedBatch('later', numberedRows(25), { dueAt: 1_000 }));
    const step = batchSteps(store, { sliceRowsMax: 10, heldBytesMax: 300 });
    step(1_000);
    store.acceptBatch(acceptedBatch('now', numberedRows(25)));
    for (let count = 0; count < 3; count += 1) step(999);
    expect(store.batch('now').status).toBe('complete');
    while (step(1_000).more);
    expect(new Set(store.batch('later').rows.map(({ row }) => row)).size).toBe(25);
  });

  test('a dropped client takes its batch along, and what it held', () => {
    const store = fakeSyncStore();
    store.acceptBatch(acceptedBatch('gone', numberedRows(25)));
    store.acceptBatch(acceptedBatch('kept', numberedRows(25)));
    const step = batchSteps(store, { sliceRowsMax: 10, heldBytesMax: 300 });
    step(0);
    store.dropClient(acceptedBatch('gone', []).client);
    while (step(0).more);
    expect(store.batch('gone').rows).toHaveLength(10);
    expect(store.batch('kept').rows).toHaveLength(25);
  });

  test('reclaims in quiet moments until nothing is left', () => {
    const store = fakeSyncStore();
    store.sweepsLeft = 3;
    const step = batchSteps(store);
    expect([step(0).more, step(0).more, step(0).more]).toEqual([true, true, false]);
  });

  test('reclaims now and then while there is always something due', () => {
    const store = fakeSyncStore();
    store.acceptBatch(acceptedBatch('one', numberedRows(100), { settings: DEFAULT_SETTINGS }));
    const step = batchSteps(store, { sliceRowsMax: 1 });
    for (let count = 0; count < 32; count += 1) step(0);
    expect(store.sweeps).toBe(2);
  });
});
