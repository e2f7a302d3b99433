/** What the reads of a turn see of a writer beside them, and when they let go of it. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase, openDatabaseReadOnly } from '../../../../src/server/store/open-database.ts';
import { type ReadView, viewOfTurn, viewOfWriter } from '../../../../src/server/store/read-view.ts';

let directory: string;
let writer: Database;
let database: Database;
/** What was left for the end of the turn. */
let due: (() => void)[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-view-'));
  writer = openDatabase(join(directory, 'profiles.db'));
  writer.exec('CREATE TABLE told (word TEXT)');
  database = openDatabaseReadOnly(join(directory, 'profiles.db'));
  due = [];
  forgotten = 0;
});
afterEach(() => {
  database.close();
  writer.close();
  rmSync(directory, { recursive: true, force: true });
});

/** How often what was read before was forgotten. */
let forgotten: number;
const forget = () => void (forgotten += 1);
const ofTurn = () => viewOfTurn(database, forget, (work) => due.push(work));
const endTurn = () => {
  for (const work of due.splice(0)) work();
};
const tell = (word: string) => writer.prepare('INSERT INTO told VALUES (?)').run(word);
const words = (view: ReadView) =>
  view.read(() => database.prepare<[], string>('SELECT word FROM told ORDER BY rowid').pluck().all());

it('shows the whole turn the state of its first read, and the next turn what was committed since', () => {
  const view = ofTurn();
  tell('before');
  expect(words(view)).toEqual(['before']);
  tell('within');
  expect([words(view), view.read(() => words(view))]).toEqual([['before'], ['before']]);
  expect(due).toHaveLength(1);
  expect(forgotten).toBe(1);
  endTurn();
  expect(words(view)).toEqual(['before', 'within']);
  expect(forgotten).toBe(2);
});

it('shows what the writer has answered for, within the same turn', () => {
  const view = ofTurn();
  expect(words(view)).toEqual([]);
  for (const word of ['first', 'second']) {
    tell(word);
    view.renew();
    expect(words(view)).toContain(word);
  }
  // The end of the turn is asked for once, however often the view is renewed.
  expect(due).toHaveLength(1);
  endTurn();
  expect(database.inTransaction).toBe(false);
});

it('holds nothing between turns, so that the log can be written back whole and be used anew', () => {
  const view = ofTurn();
  expect(words(view)).toEqual([]);
  tell('later');
  const checkpoint = () => writer.pragma('wal_checkpoint(TRUNCATE)', { simple: true });
  writer.pragma('busy_timeout = 0');
  expect(checkpoint()).toBe(1);
  endTurn();
  expect(checkpoint()).toBe(0);
  expect(statSync(join(directory, 'profiles.db-wal')).size).toBe(0);
});

it('goes on after a read that throws, and after SQLite has given the transaction up', () => {
  const view = ofTurn();
  expect(() => view.read(() => database.exec('SELECT nonsense'))).toThrow(/nonsense/);
  tell('told');
  database.exec('ROLLBACK');
  expect(words(view)).toEqual(['told']);
  endTurn();
  expect(database.inTransaction).toBe(false);
});

it('may be closed before its turn ends', () => {
  const view = ofTurn();
  words(view);
  view.renew();
  database.close();
  expect(endTurn).not.toThrow();
});

it('of the writer, opens no transaction, and what was read is forgotten when the writer says so', () => {
  const view = viewOfWriter(forget);
  expect(view.read(() => database.inTransaction)).toBe(false);
  expect(forgotten).toBe(0);
  view.renew();
  expect(forgotten).toBe(1);
});
