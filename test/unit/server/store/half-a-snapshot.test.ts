/** A snapshot that cannot be taken whole is not there at all: nothing stays attached, and its file is gone. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { openMemoryDatabase } from '../../../../src/server/store/open-database.ts';
import { snapshotShelf } from '../../../../src/server/store/snapshot-shelf.ts';

it('is detached and removed where its place still holds what another process left, and the next one is whole', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tpe-half-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const placeOf = (id: number) => join(directory, `${id}.db`);
  const taken = new Sqlite(placeOf(1));
  taken.exec('CREATE TABLE profile (h)');
  taken.close();

  const database = openMemoryDatabase();
  const shelf = snapshotShelf(database, placeOf);
  expect(() => shelf.take()).toThrow(/already exists/);
  expect(existsSync(placeOf(1))).toBe(false);
  const attached = () => (database.pragma('database_list') as { name: string }[]).map(({ name }) => name);
  expect(attached()).toEqual(['main']);
  expect(shelf.restore(1)).toBeUndefined();
  expect(shelf.take().id).toBe(2);
  expect(attached()).toEqual(['main', 'snapshot_2']);
});
