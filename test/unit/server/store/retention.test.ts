import { describe, expect, it } from 'vitest';
import { memoryPlace } from '../../../../src/server/store/store-place.ts';
import { openTestStore } from './store-fixture.ts';

const body = (bytes: number) => ({
  kind: 'inline' as const,
  bytes: Buffer.from(`batch=pcId\n${'1\n'.repeat(bytes)}`.slice(0, bytes)),
});
const rows = [{ kind: 'ignored' as const }];
const OUTCOME_BYTES = 4;

describe('bodies and outcomes of ended batches', () => {
  it('are kept up to the bound, and at it', () => {
    const { apply, reader } = openTestStore({ retainedBytesMax: 2 * (100 + OUTCOME_BYTES) });
    const ids = [apply({ rows, body: body(100) }), apply({ rows, body: body(100) })];
    expect(ids.map((id) => reader.batch(id)!.body)).toEqual(['kept', 'kept']);
  });

  it('one byte over it, the body of the batch that ended first goes, marked; its outcomes stay, without ids', () => {
    const { apply, reader } = openTestStore({ retainedBytesMax: 2 * (100 + OUTCOME_BYTES) });
    const ids = [apply({ rows, body: body(100) }), apply({ rows, body: body(101) })];
    expect(ids.map((id) => reader.batch(id)!.body)).toEqual(['evicted', 'kept']);
    expect(reader.batch(ids[0]!)!.bodyBytes).toBe(100);
    expect(reader.rows(ids[0]!, { limit: 5 }).items).toEqual([
      { row: 1, id: undefined, outcome: 'ignored', rule: 'empty-only-skipped', column: undefined },
    ]);
    expect(reader.rows(ids[1]!, { limit: 5 }).items).toMatchObject([{ row: 1, id: '1' }]);
  });

  it('bodies that still wait are not counted and never go', () => {
    const { accept, apply, reader, store } = openTestStore({ retainedBytesMax: 50 });
    const waiting = accept({ rows, body: body(1000), dueAt: Number.POSITIVE_INFINITY });
    expect(reader.batch(waiting)!.body).toBe('kept');
    expect(store.readBody(store.heads()[0]!.sequence)).toHaveLength(1000);
    store.abandonBatch(store.heads()[0]!.sequence, 1);
    const ended = apply({ rows, body: body(40) });
    expect(reader.batch(ended)!.body).toBe('kept');
  });

  it('outcomes have a quarter of the bound: the oldest go, and the mark stays', () => {
    const { apply, reader } = openTestStore({ retainedBytesMax: 8 * OUTCOME_BYTES });
    const ids = [1, 2, 3].map(() => apply({ rows, body: body(11) }));
    expect(ids.map((id) => reader.rows(id, { limit: 5 }).items.length)).toEqual([0, 1, 1]);
    expect(ids.map((id) => reader.allRows(id, { limit: 5 }).items.length)).toEqual([0, 1, 1]);
    expect(reader.batch(ids[0]!)).toMatchObject({ body: 'evicted', consumedCount: 1 });
  });

  it('a spooled body that goes leaves no bytes behind', async () => {
    const place = memoryPlace();
    const { apply, bodies, reader } = openTestStore({ place, retainedBytesMax: 100_000 });
    const sink = bodies.open();
    await sink.write(Buffer.from('batch=pcId\n'));
    await sink.write(Buffer.alloc(150_000, '1'));
    const spooled = await sink.finish();
    expect(spooled).toMatchObject({ kind: 'spooled', byteLength: 150_011 });
    const batchId = apply({ rows, body: spooled });
    expect(place.bodies.names()).toHaveLength(0);
    expect(reader.batch(batchId)!.body).toBe('evicted');
  });
});

describe('a body while it arrives', () => {
  it('stays inline up to 64 KiB, whatever its chunks, and no chunk is held on to', async () => {
    const place = memoryPlace();
    const { bodies } = openTestStore({ place });
    const sink = bodies.open();
    const chunk = Buffer.alloc(32 * 1024, 'a');
    await sink.write(chunk);
    chunk.fill('b');
    await sink.write(chunk);
    chunk.fill('c');
    const finished = await sink.finish();
    expect(finished.kind === 'inline' && Buffer.from(finished.bytes).toString()).toBe(
      'a'.repeat(32_768) + 'b'.repeat(32_768),
    );
    expect(place.bodies.names()).toHaveLength(0);
  });

  it('is spooled from the next byte on, and gone when discarded', async () => {
    const place = memoryPlace();
    const { bodies, accept, store } = openTestStore({ place });
    const write = async () => {
      const sink = bodies.open();
      await sink.write(Buffer.alloc(64 * 1024, 'a'));
      await sink.write(Buffer.from('b'));
      return sink;
    };
    await (await write()).discard();
    expect(place.bodies.names()).toHaveLength(0);
    const kept = await (await write()).finish();
    accept({ rows, body: kept });
    expect(Buffer.from(store.readBody(1)!).toString('latin1')).toBe(`${'a'.repeat(65_536)}b`);
  });
});
