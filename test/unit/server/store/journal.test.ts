/** The journal's bounds: what is evicted leaves a mark, by client code. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BatchId, ClientCode } from '../../../../src/protocol/vocabulary/index.ts';
import { expectationSchema, VerificationError, verified } from '../../../../src/server/journal/expectation.ts';
import { JOURNAL_SCHEMA, type JournalBounds, sqliteJournal } from '../../../../src/server/store/journal.ts';
import type { Journal, JournalFilter, JournalRequest } from '../../../../src/server/store/journal-entries.ts';
import { memoryJournal } from '../../../../src/server/store/memory-journal.ts';
import { openJournal } from '../../../../src/server/store/open-journal.ts';

const PLACES = ['in memory', 'in a directory'] as const;

function journalOf(bounds: Partial<JournalBounds>, place: (typeof PLACES)[number] = 'in memory'): Journal {
  const directory = place === 'in memory' ? undefined : mkdtempSync(join(tmpdir(), 'tpe-journal-'));
  const journal = openJournal(directory, { bounds: { entriesMax: 1_000, bytesMax: 10_000_000, ...bounds } });
  onTestFinished(() => {
    journal.close();
    if (directory !== undefined) rmSync(directory, { recursive: true });
  });
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

describe.each(PLACES)('the bound on entries, %s', (place) => {
  it('holds at it, and lets the oldest go beyond it', () => {
    const journal = journalOf({ entriesMax: 3 }, place);
    for (let count = 0; count < 3; count += 1) journal.add(request('a'));
    expect([sequences(journal), journal.read({ limit: 1 }).evicted]).toEqual([[1, 2, 3], 0]);
    journal.add(request('b'));
    expect([sequences(journal), journal.read({ limit: 1 }).evicted]).toEqual([[2, 3, 4], 1]);
  });

  it('marks what went by client code: another one is whole', () => {
    const journal = journalOf({ entriesMax: 2 }, place);
    for (const client of ['a', 'a', 'b', 'b']) journal.add(request(client));
    expect(journal.count({ client: 'a' })).toEqual({ count: 0, evicted: 2 });
    expect(journal.count({ client: 'b' })).toEqual({ count: 2, evicted: 0 });
    journal.clear('a' as ClientCode);
    expect(journal.count({ client: 'a' })).toEqual({ count: 0, evicted: 0 });
  });
});

it('keeps no more of a long query in memory than the piece it shows', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const journal = journalOf({});
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 100; count += 1) journal.add(request('a', Buffer.alloc(500_000, 'q').toString('latin1')));
  collect();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000);
  expect(journal.count({})).toEqual({ count: 100, evicted: 0 });
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

  it.each(PLACES)('is found among all that was asked, whatever was evicted and cleared, %s', (place) => {
    const journal = journalOf({ entriesMax: 40 }, place);
    const visitor = (value: number) => ({ kind: 'pcId', value: String(value) }) as const;
    for (let count = 1; count <= 60; count += 1) {
      journal.add(request(count % 2 === 0 ? 'even' : 'odd'), [visitor(count % 5), visitor(count % 3)]);
    }
    const found = (client: string, ids: readonly number[], limit: number) =>
      journal.ofVisitor(client as ClientCode, ids.map(visitor), limit).entries.map(({ sequence }) => sequence);
    const wanted = (parity: number, ids: readonly number[]) =>
      sequences(journal).filter((at) => at % 2 === parity && (ids.includes(at % 5) || ids.includes(at % 3)));
    expect(wanted(0, [1]).length).toBeGreaterThan(5);
    expect(found('even', [1], 99)).toEqual(wanted(0, [1]));
    expect(found('odd', [0, 4], 4)).toEqual(wanted(1, [0, 4]).slice(-4));
    expect(found('even', [7], 99)).toEqual([]);
    journal.clear('even' as ClientCode);
    expect([found('even', [1], 99), found('odd', [1], 99)]).toEqual([[], wanted(1, [1])]);
  });

  it('is found as before where what came later could not be written, nor what was to be cleared', () => {
    const database = new Sqlite(':memory:');
    database.exec(JOURNAL_SCHEMA);
    const turns: (() => void)[] = [];
    const atEndOfTurn = (work: () => void) => void turns.push(work);
    const journal = sqliteJournal(database, { entriesMax: 2, bytesMax: 1e9 }, { atEndOfTurn });
    onTestFinished(() => journal.close());
    const visitor = { kind: 'pcId', value: '1' } as const;
    const found = () => journal.ofVisitor('a' as ClientCode, [visitor], 9).entries.map(({ sequence }) => sequence);
    for (let count = 0; count < 2; count += 1) journal.add(request('a'), [visitor]);
    expect(found()).toEqual([1, 2]);
    // The first evicts, and then there is no room for the second.
    database.pragma(`max_page_count = ${String(database.pragma('page_count', { simple: true }))}`);
    journal.add(request('a'), [visitor]);
    for (let count = 0; count < 9; count += 1) journal.add(request('a', 'q'.repeat(2_000)), [visitor]);
    for (let tries = 0; tries < 3; tries += 1) expect(found()).toEqual([1, 2]);
    database.exec(`CREATE TEMP TRIGGER refused BEFORE DELETE ON entry BEGIN SELECT raise(ABORT, 'refused'); END`);
    expect(() => journal.clear('a' as ClientCode)).toThrow('refused');
    expect(found()).toEqual([1, 2]);
    database.exec('DROP TRIGGER refused');
    database.pragma('max_page_count = 1000');
    expect(found()).toEqual([11, 12]);
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

describe.each(PLACES)('the bounds after a client code was cleared, %s', (place) => {
  it('count what is left, in entries and in bytes', () => {
    const journal = journalOf({ entriesMax: 4, bytesMax: 6_000 }, place);
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
  it.each(PLACES)('lets the oldest go, but never the newest, %s', (place) => {
    const journal = journalOf({ bytesMax: 900 }, place);
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

  it.each(PLACES)('cuts the texts a sender chooses, %s', (place) => {
    const journal = journalOf({}, place);
    journal.add(request('a', 'x'.repeat(100_000)));
    expect(journal.read({ limit: 1 }).entries[0]).toMatchObject({ query: 'x'.repeat(2_048) });
  });
});

describe.each(PLACES)('verification of what was evicted, %s', (place) => {
  const after = (journal: Journal, expectation: object) => {
    try {
      verified(journal, expectationSchema().parse(expectation));
      return 'verified';
    } catch (error) {
      return error instanceof VerificationError ? error.code : error;
    }
  };
  const half = () => {
    const journal = journalOf({ entriesMax: 2 }, place);
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
    expect(() => verified(journal, expectationSchema().parse({ client: 'b', times: 0 }))).toThrow(
      expect.objectContaining({ code: 'evicted', message: expect.stringContaining('never written') }),
    );
    journal.clear();
    expect(journal.count({ client: 'b' }).evicted).toBe(0);
  });
});

/** Few words each, so that filters meet entries. */
const eventArbitrary = fc.oneof(
  fc.record({
    kind: fc.constant('fault' as const),
    at: fc.nat(),
    fault: fc.constantFrom('stuck', 'status'),
    client: fc.constantFrom('a', 'b') as fc.Arbitrary<ClientCode>,
    operation: fc.constantFrom('submit', 'fetch'),
    content: fc.option(fc.constantFrom('c0', 'c1'), { nil: undefined }),
    batchId: fc.option(fc.constantFrom('b0', 'b1') as fc.Arbitrary<BatchId>, { nil: undefined }),
  }),
  fc
    .record({
      method: fc.constantFrom('GET', 'POST'),
      path: fc.constantFrom('/m2/a/profile/update', '/m2/b/profile/update', '/'),
      client: fc.option(fc.constantFrom('a', 'b') as fc.Arbitrary<ClientCode>, { nil: undefined }),
      status: fc.option(fc.constantFrom(200, 404), { nil: undefined }),
      cause: fc.option(fc.constant('rule/x'), { nil: undefined }),
      faults: fc.subarray(['stuck', 'status']),
      bodyStart: fc.option(fc.constant('x='), { nil: undefined }),
    })
    .map((fields): JournalRequest => ({ ...request('a'), ...fields })),
);
const filters: Readonly<JournalFilter>[] = [
  ...(['request', 'fault'] as const).map((kind) => ({ kind })),
  ...['a', 'b', 'c'].map((client) => ({ client })),
  ...['submit', 'fetch'].map((operation) => ({ operation })),
  ...['get', 'POST'].map((method) => ({ method })),
  ...['/m2/*/profile/update', '/m2/a/profile/update', '/*'].map((path) => ({ path })),
  ...[200, 500].map((status) => ({ status })),
  ...['stuck', 'status'].map((fault) => ({ fault })),
  { cause: 'rule/x' },
  { batchId: 'b0' },
  { content: 'c0' },
];
/** Several that say the same thing otherwise are one: the last. */
const filterArbitrary = fc
  .subarray(filters, { maxLength: 2 })
  .map((some) => Object.assign({}, ...some) as JournalFilter);

it('a journal in memory answers as one in a directory does, whatever was added, cleared and evicted', () => {
  const stepArbitrary = fc.oneof(
    { weight: 9, arbitrary: eventArbitrary },
    { weight: 1, arbitrary: fc.constantFrom('a', 'all') },
  );
  let met = 0;
  fc.assert(
    fc.property(fc.array(stepArbitrary, { maxLength: 40 }), filterArbitrary, fc.nat(9), (steps, filter, cursor) => {
      const database = new Sqlite(':memory:');
      database.exec(JOURNAL_SCHEMA);
      const bounds = { entriesMax: 20, bytesMax: 10_000_000 };
      const journals = [memoryJournal(bounds), sqliteJournal(database, bounds, { atEndOfTurn: () => {} })];
      const [memory, stored] = journals.map((journal) => {
        for (const step of steps) {
          if (typeof step === 'object') journal.add(step);
          else journal.clear(step === 'all' ? undefined : (step as ClientCode));
        }
        const page = journal.read({ ...filter, limit: 3, cursor: String(cursor) });
        const told = [page, journal.latest(filter, 3), journal.count(filter)];
        met += page.entries.length;
        journal.close();
        // As it is told: what is undefined is not there, and fields have one order.
        return JSON.stringify(told);
      });
      expect(memory).toBe(stored);
    }),
    { numRuns: 300, seed: 11 },
  );
  expect(met).toBeGreaterThan(100);
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
