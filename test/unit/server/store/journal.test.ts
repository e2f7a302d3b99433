/** The journal's bounds: what is evicted leaves a mark, by client code. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BatchId, ClientCode } from '../../../../src/protocol/vocabulary/index.ts';
import { expectationSchema, verification } from '../../../../src/server/journal/expectation.ts';
import { JOURNAL_SCHEMA, sqliteJournal } from '../../../../src/server/store/journal.ts';
import type { Journal, JournalRequest } from '../../../../src/server/store/journal-entries.ts';
import { openJournal } from '../../../../src/server/store/open-journal.ts';

function journalOf(bounds: { entriesMax?: number; bytesMax?: number }): Journal {
  const journal = openJournal(undefined, { bounds: { entriesMax: 1_000, bytesMax: 10_000_000, ...bounds } });
  onTestFinished(() => journal.close());
  return journal;
}

const request = (client: string, query = ''): JournalRequest => ({
  kind: 'request',
  at: 0,
  endedAt: 0,
  method: 'POST',
  path: `/m2/${client}/profile/batchUpdate`,
  query,
  client: client as ClientCode,
  operation: 'submit',
  status: 200,
  cause: undefined,
  batchId: undefined,
  content: undefined,
  requestBytes: 0,
  replyBytes: 0,
  faults: [],
});

const sequences = (journal: Journal) => journal.read({ limit: 1_000 }).entries.map(({ sequence }) => sequence);

describe('the bound on entries', () => {
  it('holds at it, and lets the oldest go beyond it', () => {
    const journal = journalOf({ entriesMax: 3 });
    for (let count = 0; count < 3; count += 1) journal.add(request('a'));
    expect([sequences(journal), journal.read({ limit: 1 }).evicted]).toEqual([[1, 2, 3], 0]);
    journal.add(request('b'));
    expect([sequences(journal), journal.read({ limit: 1 }).evicted]).toEqual([[2, 3, 4], 1]);
  });

  it('marks what went by client code: another one is whole', () => {
    const journal = journalOf({ entriesMax: 2 });
    for (const client of ['a', 'a', 'b', 'b']) journal.add(request(client));
    expect(journal.count({ client: 'a' })).toEqual({ count: 0, evicted: 2 });
    expect(journal.count({ client: 'b' })).toEqual({ count: 2, evicted: 0 });
    journal.clear('a' as ClientCode);
    expect(journal.count({ client: 'a' })).toEqual({ count: 0, evicted: 0 });
  });
});

describe('what is kept of a visitor', () => {
  it('is a digest that differs from run to run: the same id, asked of another journal, is another one', () => {
    const directory = mkdtempSync(join(tmpdir(), 'journal-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const visitor = { kind: 'thirdPartyId', value: 'C-48327262' } as const;
    const stored = ['one', 'other'].map((name) => {
      const database = new Sqlite(join(directory, name));
      database.exec(JOURNAL_SCHEMA);
      const journal = sqliteJournal(database, { entriesMax: 9, bytesMax: 1e6 }, { atEndOfTurn: (work) => work() });
      journal.add(request('a'), [visitor]);
      journal.add(request('b'), [visitor]);
      const texts = database.prepare<[], string>('SELECT event FROM entry').pluck().all();
      expect(journal.ofVisitor('a' as ClientCode, [visitor], 9).entries).toHaveLength(1);
      journal.close();
      return texts.map((text) => (JSON.parse(text) as { marks: string[] }).marks[0]!);
    });
    expect(new Set(stored.flat()).size).toBe(4);
    expect(stored.flat().join(' ')).not.toContain('C-4');
  });

  it('is not found by a mark that a sender has written into a path', () => {
    const database = new Sqlite(':memory:');
    database.exec(JOURNAL_SCHEMA);
    const journal = sqliteJournal(database, { entriesMax: 9, bytesMax: 1e6 }, { atEndOfTurn: (work) => work() });
    onTestFinished(() => journal.close());
    const visitor = { kind: 'pcId', value: '1' } as const;
    journal.add(request('a'), [visitor]);
    const [mark] = (
      JSON.parse(database.prepare<[], string>('SELECT event FROM entry').pluck().get()!) as { marks: string[] }
    ).marks;
    journal.add(request('a', `"${mark}"`));
    expect(journal.ofVisitor('a' as ClientCode, [visitor], 9).entries.map(({ sequence }) => sequence)).toEqual([1]);
  });
});

describe('the bounds after a client code was cleared', () => {
  it('count what is left, in entries and in bytes', () => {
    const journal = journalOf({ entriesMax: 4, bytesMax: 6_000 });
    for (const client of ['a', 'b', 'a']) journal.add(request(client, 'x'.repeat(500)));
    journal.clear('a' as ClientCode);
    journal.clear('nobody' as ClientCode);
    for (let count = 0; count < 3; count += 1) journal.add(request('c', 'x'.repeat(500)));
    expect([sequences(journal), journal.read({ limit: 1 }).evicted]).toEqual([[2, 4, 5, 6], 0]);
    journal.add(request('c', 'x'.repeat(500)));
    expect([sequences(journal), journal.count({ client: 'b' }).evicted]).toEqual([[4, 5, 6, 7], 1]);
    journal.clear();
    for (let count = 0; count < 4; count += 1) journal.add(request('c', 'x'.repeat(500)));
    expect([sequences(journal).length, journal.read({ limit: 1 }).evicted]).toEqual([4, 0]);
    journal.add(request('d', 'x'.repeat(2_000)));
    expect(journal.read({ limit: 1 }).evicted).toBeGreaterThan(0);
  });
});

describe('the bound on bytes', () => {
  it('lets the oldest go, but never the newest', () => {
    const journal = journalOf({ bytesMax: 2_000 });
    for (let count = 0; count < 10; count += 1) journal.add(request('a'));
    expect(sequences(journal).at(-1)).toBe(10);
    expect(sequences(journal).length).toBeLessThan(5);
    journal.add(request('a', 'x'.repeat(100_000)));
    expect(sequences(journal)).toEqual([11]);
    expect(journal.read({ limit: 1 }).evicted).toBe(10);
  });

  it.each([300, 700, 1_500, 2_048])('is kept on disk, with queries of %i characters', (length) => {
    const directory = mkdtempSync(join(tmpdir(), 'tpe-journal-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const bytesMax = 4 * 1024 * 1024;
    const journal = openJournal(directory, { bounds: { entriesMax: 100_000, bytesMax } });
    const event = request('a', '%'.repeat(length));
    for (let count = 0; count < 6_000; count += 1) {
      journal.add({ ...event, path: `/${'x'.repeat(length)}${count}`, batchId: 'b'.repeat(length) as BatchId });
    }
    expect(journal.read({ limit: 1 }).evicted).toBeGreaterThan(0);
    journal.close();
    const { size } = statSync(join(directory, 'journal.db'));
    expect(size).toBeLessThan(bytesMax * 1.05);
    expect(size).toBeGreaterThan(bytesMax * 0.5);
  });

  it('cuts the texts a sender chooses', () => {
    const journal = journalOf({});
    journal.add(request('a', 'x'.repeat(100_000)));
    expect(journal.read({ limit: 1 }).entries[0]).toMatchObject({ query: 'x'.repeat(2_048) });
  });
});

describe('verification of what was evicted', () => {
  const after = (journal: Journal, expectation: object) =>
    verification(journal, expectationSchema().parse(expectation)).kind;
  const half = () => {
    const journal = journalOf({ entriesMax: 2 });
    for (const client of ['a', 'a', 'a', 'b']) journal.add(request(client));
    return journal;
  };

  it('fails distinctly where the entries gone might have counted', () => {
    expect(after(half(), { client: 'a', times: 1 })).toBe('evicted');
    expect(after(half(), { client: 'a', times: 3 })).toBe('evicted');
    expect(after(half(), { client: 'a', times: { atMost: 5 } })).toBe('evicted');
    expect(after(half(), { times: 2 })).toBe('evicted');
  });

  it('holds or fails as ever where they could change nothing', () => {
    expect(after(half(), { client: 'a' })).toBe('verified');
    expect(after(half(), { client: 'a', times: 0 })).toBe('not-verified');
    expect(after(half(), { client: 'b', times: 1 })).toBe('verified');
    expect(after(half(), { client: 'b', times: 2 })).toBe('not-verified');
  });
});

describe('entries that wait for the end of the turn', () => {
  /** A journal over a database of the test's own, whose turns end when the test says so. */
  const steered = () => {
    const database = new Sqlite(':memory:');
    database.exec(JOURNAL_SCHEMA);
    const due: (() => void)[] = [];
    const told: unknown[] = [];
    const bounds = { entriesMax: 1_000, bytesMax: 10_000_000 };
    const atEndOfTurn = (work: () => void) => due.push(work);
    const journal = sqliteJournal(database, bounds, { atEndOfTurn, onWritten: (failure) => told.push(failure) });
    onTestFinished(() => journal.close());
    const stored = () => database.prepare('SELECT count(*) FROM entry').pluck().get();
    const endTurn = () => due.splice(0).forEach((work) => work());
    return { database, journal, stored, endTurn, told };
  };

  it('are written together at its end, and no more than 256 wait', () => {
    const { journal, stored, endTurn } = steered();
    for (let count = 0; count < 256; count += 1) journal.add(request('a'));
    expect(stored()).toBe(0);
    journal.add(request('a'));
    expect(stored()).toBe(256);
    endTurn();
    expect(stored()).toBe(257);
  });

  it('are seen by every reader before that', () => {
    const { journal } = steered();
    journal.add(request('a'));
    expect(journal.count({}).count).toBe(1);
    journal.add(request('a'));
    expect(sequences(journal)).toEqual([1, 2]);
    journal.add(request('a'));
    expect(journal.latest({}, 1)).toMatchObject([{ sequence: 3 }]);
    journal.add(request('a'));
    journal.clear();
    expect(sequences(journal)).toEqual([]);
  });

  const BROKEN = "CREATE TRIGGER broken BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'no room'); END";

  it('are tried again where they could not be written: whoever adds is not told, and none is missing then', () => {
    const { database, journal, stored, endTurn, told } = steered();
    journal.add(request('a'));
    database.exec(BROKEN);
    endTurn();
    journal.add(request('b'));
    endTurn();
    expect(told).toMatchObject([{ message: 'no room' }, { message: 'no room' }]);
    expect(journal.count({ client: 'a' })).toEqual({ count: 0, evicted: 2 });
    database.exec('DROP TRIGGER broken');
    journal.add(request('c'));
    endTurn();
    expect(told.at(-1)).toBeUndefined();
    expect(stored()).toBe(3);
    expect(journal.read({ limit: 9 })).toMatchObject({
      entries: [
        { sequence: 1, client: 'a' },
        { sequence: 2, client: 'b' },
        { sequence: 3, client: 'c' },
      ],
      evicted: 0,
    });
  });

  it('are given up beyond 256, oldest first, and count as evicted of every client code from then on', () => {
    const { database, journal, endTurn } = steered();
    database.exec(BROKEN);
    for (let count = 0; count < 300; count += 1) journal.add(request('a'));
    expect(journal.count({ client: 'b' })).toEqual({ count: 0, evicted: 300 });
    database.exec('DROP TRIGGER broken');
    endTurn();
    expect(journal.count({ client: 'a' })).toEqual({ count: 256, evicted: 44 });
    expect(journal.count({ client: 'b' })).toEqual({ count: 0, evicted: 44 });
    expect(verification(journal, expectationSchema().parse({ client: 'b', times: 0 }))).toMatchObject({
      kind: 'evicted',
      message: expect.stringContaining('never written'),
    });
    journal.clear();
    expect(journal.count({ client: 'b' }).evicted).toBe(0);
  });
});

it('a sequence is never given out again, whatever is cleared and whoever opens the journal next', () => {
  const database = new Sqlite(':memory:');
  onTestFinished(() => void database.close());
  database.exec(JOURNAL_SCHEMA);
  const open = () => sqliteJournal(database, { entriesMax: 1_000, bytesMax: 10_000_000 }, { atEndOfTurn: () => {} });
  const first = open();
  for (const client of ['a', 'b']) first.add(request(client));
  first.clear('b' as ClientCode);
  first.clear();
  const second = open();
  second.add(request('a'));
  expect(sequences(second)).toEqual([3]);
});
