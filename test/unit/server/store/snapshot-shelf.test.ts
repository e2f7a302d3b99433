import { describe, expect, it } from 'vitest';
import { openMemoryDatabase } from '../../../../src/server/store/open-database.ts';
import { IN_MEMORY, snapshotShelf } from '../../../../src/server/store/snapshot-shelf.ts';
import { memoryPlace } from '../../../../src/server/store/store-place.ts';
import { openTestStore } from './store-fixture.ts';

function shelfOf(bounds: { readonly snapshotsMax?: number; readonly bytesMax?: number } = {}) {
  const database = openMemoryDatabase();
  database.exec('CREATE TABLE added_later (a INTEGER PRIMARY KEY, b BLOB)');
  const shelf = snapshotShelf(database, () => IN_MEMORY, bounds.snapshotsMax, bounds.bytesMax);
  const rows = () => database.prepare('SELECT * FROM added_later').all();
  return { database, shelf, rows };
}

describe('a snapshot', () => {
  it('holds every table, also one that nobody named, with every type of value', () => {
    const { database, shelf, rows } = shelfOf();
    const insert = database.prepare('INSERT INTO added_later VALUES (?, ?)');
    for (const [index, value] of [1, 1.5, 'text', null, Buffer.from([0, 255]), '1'].entries()) insert.run(index, value);
    const before = rows();
    const { id } = shelf.take();
    database.exec('DELETE FROM added_later WHERE a > 1; UPDATE added_later SET b = 7');
    expect(shelf.restore(id)).toEqual({ files: [] });
    expect(rows()).toEqual(before);
  });

  it('leaves numbers that only grow as they are', () => {
    const { database, shelf } = shelfOf();
    const { id } = shelf.take();
    database.exec("UPDATE counter SET value = 5 WHERE name = 'generation'");
    shelf.restore(id);
    expect(database.prepare('SELECT value FROM counter').pluck().get()).toBe(5);
  });

  it('is refused beyond the number of them, and fits again after one is dropped', () => {
    const { shelf } = shelfOf({ snapshotsMax: 2 });
    const first = shelf.take();
    shelf.take();
    expect(() => shelf.take()).toThrow(expect.objectContaining({ code: 'snapshots-full' }));
    shelf.drop(first.id);
    shelf.drop(first.id);
    expect(shelf.take().id).toBe(3);
    expect(shelf.restore(first.id)).toBe(undefined);
  });

  it('is refused beyond their bytes, at the bound not', () => {
    const { database } = shelfOf();
    const bytes = Number(database.pragma('page_count', { simple: true })) * 4096;
    expect(shelfOf({ bytesMax: bytes }).shelf.take().bytes).toBeGreaterThan(0);
    expect(() => shelfOf({ bytesMax: bytes - 1 }).shelf.take()).toThrow(
      expect.objectContaining({ code: 'snapshots-full' }),
    );
  });

  it('holds the bodies of its batches, however they went, until the last one that needs them is dropped', async () => {
    const place = memoryPlace();
    const { accept, bodies, store } = openTestStore({ place, retainedBytesMax: 0 });
    const sink = bodies.open();
    await sink.write(Buffer.alloc(100_000, 'x'));
    const rows = [{ kind: 'ignored' as const }];
    accept({ rows, body: await sink.finish() });
    const [first, second] = [store.takeSnapshot(), store.takeSnapshot()];
    const stick = () => store.abandonBatch(store.heads()[0]!.sequence, 1);

    stick();
    expect(place.bodies.names()).toHaveLength(1);
    store.dropSnapshot(first.id);
    expect(store.restoreSnapshot(second.id)).toBe(true);
    expect(store.readBody(store.heads()[0]!.sequence)).toHaveLength(100_000);
    store.dropSnapshot(second.id);
    expect(place.bodies.names()).toHaveLength(1);
    stick();
    expect(place.bodies.names()).toEqual([]);

    const other = bodies.open();
    await other.write(Buffer.alloc(100_000, 'y'));
    accept({ rows, body: await other.finish() });
    const third = store.takeSnapshot();
    stick();
    expect(place.bodies.names()).toHaveLength(1);
    store.dropSnapshot(third.id);
    expect(place.bodies.names()).toEqual([]);
  });
});
