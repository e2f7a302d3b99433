/**
 * What was asked and what went wrong on purpose, one entry each, under a bound of its own: the oldest go first, and what
 * went is remembered by client code, so that nobody takes the rest for the whole.
 */
import type { Database } from 'better-sqlite3';
import { insertion, pageOf, statements } from './statements.ts';
import { visitorMarks } from './visitor-marks.ts';
import type { BatchId, KnownId } from '../../protocol/vocabulary/index.ts';
import type { Journal, JournalEntry, JournalEvent, JournalFilter } from './journal-entries.ts';
import { digestsOfThisRun } from '../runtime/secret.ts';
import { pathFits } from './path-pattern.ts';

export interface JournalBounds {
  readonly entriesMax: number;
  /** Of the entries as they are written down. */
  readonly bytesMax: number;
}

/** Client codes whose evicted entries are counted apart; those of further ones count for every client code. */
export const EVICTED_CLIENTS_MAX = 10_000;

/** Evicted at a time: a share of the bound, so that a full journal does not delete with every request. */
export const EVICTED_SHARE = 64;

/** Entries that wait for the end of the turn: more than one turn ordinarily brings. */
const WAITING_ENTRIES_MAX = 256;

/** Texts that a sender chooses are cut at this length. */
const TEXT_CHARS_MAX = 2_048;
/** What was asked for as a batch need not be one. */
const BATCH_ID_CHARS_MAX = 256;

export const JOURNAL_SCHEMA = `
  CREATE TABLE IF NOT EXISTS entry (
    sequence INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    client TEXT,
    operation TEXT,
    method TEXT,
    path TEXT,
    status INTEGER,
    cause TEXT,
    batch_id TEXT,
    content TEXT,
    faults TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    event TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS entry_by_client ON entry (client, sequence);
  CREATE TABLE IF NOT EXISTS cleared (id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL);
  INSERT OR IGNORE INTO cleared VALUES (1, 0);
  CREATE TABLE IF NOT EXISTS evicted (client TEXT PRIMARY KEY, entries INTEGER NOT NULL) WITHOUT ROWID;
`;

/** What an entry is looked for by, as it stands, and the columns that hold it. */
const FOUND_BY = {
  kind: 'kind',
  client: 'client',
  operation: 'operation',
  method: 'method',
  status: 'status',
  cause: 'cause',
  batchId: 'batch_id',
  content: 'content',
} as const satisfies Partial<Record<keyof JournalFilter, string>>;
type FoundBy = keyof typeof FOUND_BY;
export type FoundValues = { readonly [Field in FoundBy]?: string | number | undefined };
export const FIELDS = Object.keys(FOUND_BY) as readonly FoundBy[];
const SELECTED = `sequence, ${FIELDS.map((field) => `${FOUND_BY[field]} AS ${field}`).join(', ')}, path, faults, event`;

/** What stands in `event`: nobody looks for it. Entries of earlier versions have all of them there. */
const DETAILS = ['at', 'endedAt', 'query', 'contentType', 'bodyStart', 'requestBytes', 'replyBytes', 'marks'];

/** In their order, wherever an entry is kept. */
const ENTRY_FIELDS = (
  'sequence kind at endedAt method path query client operation status cause batchId content contentType bodyStart ' +
  'requestBytes replyBytes fault faults'
).split(' ');

/** A copy; what is not known is not there. */
export const entryOf = (known: object): JournalEntry =>
  JSON.parse(JSON.stringify(known, ENTRY_FIELDS), (_, value: unknown) => value ?? undefined) as JournalEntry;

/** Entries of no client code, and of those beyond `EVICTED_CLIENTS_MAX`. */
export const NO_CLIENT = '';

export interface JournalParts {
  /** Runs what it is given once, soon, and never within the call. */
  readonly atEndOfTurn: (work: () => void) => void;
  /** Told of each failure to write, and with `undefined` of each success. */
  readonly onWritten?: ((failure: unknown) => void) | undefined;
}

export function sqliteJournal(
  database: Database,
  { entriesMax, bytesMax }: JournalBounds,
  { atEndOfTurn, onWritten }: JournalParts,
): Journal {
  const { prepare, pluck, raw } = statements(database);
  const insert = prepare(
    insertion('entry', `sequence, ${Object.values(FOUND_BY).join(', ')}, path, faults, bytes, event`),
  );
  const selectLast = pluck<[], number>('SELECT max(last, ifnull((SELECT max(sequence) FROM entry), 0)) FROM cleared');
  const keepLast = prepare('UPDATE cleared SET last = ?');
  const selectTotals = raw<[], [entries: number, bytes: number]>('SELECT count(*), ifnull(sum(bytes), 0) FROM entry');
  // The entry just written stays, however large it is.
  const selectOldest = raw<[last: number, count: number], [client: string, count: number, bytes: number, upTo: number]>(
    `SELECT ifnull(client, '${NO_CLIENT}'), count(*), sum(bytes), max(sequence)
     FROM (SELECT sequence, client, bytes FROM entry WHERE sequence < ? ORDER BY sequence LIMIT ?) GROUP BY 1`,
  );
  const deleteUpTo = prepare('DELETE FROM entry WHERE sequence <= ?');
  const addMark = prepare<[{ readonly client: string; readonly count: number }]>(
    `INSERT INTO evicted SELECT iif(
       @client IN (SELECT client FROM evicted) OR (SELECT count(*) FROM evicted) < ${EVICTED_CLIENTS_MAX}, @client, '${NO_CLIENT}'
     ), @count WHERE true ON CONFLICT (client) DO UPDATE SET entries = entries + excluded.entries`,
  );
  const selectEvicted = pluck<[string], number>('SELECT ifnull(sum(entries), 0) FROM evicted WHERE client = ?');
  const selectAllEvicted = pluck<[], number>('SELECT ifnull(sum(entries), 0) FROM evicted');
  const deleteOf = pluck<[string], number>('DELETE FROM entry WHERE client = ? RETURNING bytes');
  const deleteMarkOf = prepare('DELETE FROM evicted WHERE client = ?');
  const selectOne = prepare<[number], StoredEntry>(`SELECT ${SELECTED} FROM entry WHERE sequence = ?`);
  const countEarlier = pluck<[string, number], number>('SELECT count(*) FROM entry WHERE client = ? AND sequence <= ?');
  let fits: { readonly pattern: unknown; readonly path: ReturnType<typeof pathFits> } | undefined;
  database.function('path_fits', { deterministic: true, directOnly: true }, (pattern, path) => {
    if (fits === undefined || fits.pattern !== pattern) fits = { pattern, path: pathFits(String(pattern)) };
    return fits.path(String(path)) ? 1 : 0;
  });
  let [entries, bytes] = selectTotals.get()!;
  let last = selectLast.get()!;
  /** Entries up to here are of earlier runs, and were marked with another key. */
  const lastEarlier = last;
  const digest = digestsOfThisRun();
  const markOf = (client: string | undefined, { kind, value }: KnownId) =>
    digest(JSON.stringify([client, kind, value]));
  const byMark = visitorMarks();
  let waiting: (readonly [JournalEvent, readonly KnownId[] | undefined])[] = [];
  let isFlushDue = false;
  /** Given up since nothing could be written: of whatever client code. */
  let missed = 0;

  /** `afterwards`: what is remembered once the transaction has been committed. */
  const evict = (afterwards: (() => void)[]) => {
    let evicted = 0;
    for (const [client, count, size, upTo] of selectOldest.all(last, Math.ceil(entriesMax / EVICTED_SHARE))) {
      entries -= count;
      bytes -= size;
      evicted = Math.max(evicted, upTo);
      addMark.run({ client, count });
      afterwards.push(() => byMark.evict(client, upTo));
    }
    deleteUpTo.run(evicted);
  };

  const write = ([event, visitors]: (typeof waiting)[number], afterwards: (() => void)[]) => {
    const marks = visitors?.map((id) => markOf(event.client, id));
    const isFault = event.kind === 'fault';
    const path = isFault ? null : event.path;
    const faults = JSON.stringify(isFault ? [event.fault] : event.faults);
    const details = JSON.stringify({ ...event, marks }, DETAILS);
    const values: FoundValues = event;
    let chars = (path?.length ?? 0) + faults.length;
    for (const field of FIELDS) chars += String(values[field] ?? '').length;
    const size = storedBytes(chars + Buffer.byteLength(details));
    last += 1;
    insert.run(last, ...FIELDS.map((field) => values[field] ?? null), path, faults, size, details);
    const sequence = last;
    for (const mark of marks ?? []) afterwards.push(() => byMark.add(event.client ?? NO_CLIENT, mark, sequence));
    entries += 1;
    bytes += size;
    while (entries > 1 && (entries > entriesMax || bytes > bytesMax)) evict(afterwards);
  };

  const inTransaction = database.transaction((work: () => void) => work());

  /** All that waits, or nothing: what cannot be written now is tried again. The journal decides about no request. */
  const flush = () => {
    isFlushDue = false;
    if (waiting.length === 0) return;
    const before = [entries, bytes, last] as const;
    const afterwards: (() => void)[] = [];
    try {
      inTransaction(() => {
        if (missed > 0) addMark.run({ client: NO_CLIENT, count: missed });
        for (const each of waiting) write(each, afterwards);
      });
      for (const remember of afterwards) remember();
      waiting = [];
      missed = 0;
      onWritten?.(undefined);
    } catch (error) {
      [entries, bytes, last] = before;
      onWritten?.(error);
    }
  };

  /** What waits although it should have been written may be of any client code. */
  const evictedOf = (client: string | undefined) =>
    missed +
    waiting.length +
    (client === undefined ? selectAllEvicted.get()! : selectEvicted.get(client)! + selectEvicted.get(NO_CLIENT)!);

  const entriesOf = (filter: JournalFilter, rest: string, ...more: readonly number[]): JournalEntry[] => {
    flush();
    const { where, values } = condition(filter);
    return database
      .prepare<unknown[], StoredEntry>(`SELECT ${SELECTED} FROM entry WHERE ${where} ${rest}`)
      .all(...values, ...more)
      .map(storedEntry);
  };

  return {
    add(event, visitors) {
      if (waiting.length >= WAITING_ENTRIES_MAX) flush();
      if (waiting.length >= WAITING_ENTRIES_MAX) {
        waiting.shift();
        missed += 1;
      }
      waiting.push([withinTextBounds(event), visitors]);
      if (isFlushDue) return;
      isFlushDue = true;
      atEndOfTurn(flush);
    },
    read({ limit, cursor, ...filter }) {
      const rows = entriesOf(filter, 'AND sequence > ? ORDER BY sequence LIMIT ?', Number(cursor ?? 0), limit + 1);
      const { items, next } = pageOf(rows, limit, ({ sequence }) => sequence);
      return { entries: items, next, evicted: evictedOf(filter.client) };
    },
    latest: (filter, limit) => entriesOf(filter, 'ORDER BY sequence DESC LIMIT ?', limit).toReversed(),
    ofVisitor(client, visitor, limit) {
      flush();
      const marks = visitor.map((id) => markOf(client, id));
      const shown: JournalEntry[] = [];
      for (const sequence of byMark.find(client, marks)) {
        const row = selectOne.get(sequence);
        // Within quotes: text that somebody sent has these escaped.
        if (row === undefined || !marks.some((mark) => row.event.includes(`"${mark}"`))) continue;
        if (shown.unshift(storedEntry(row)) === limit) break;
      }
      return { entries: shown, evicted: evictedOf(client), earlier: countEarlier.get(client, lastEarlier)! };
    },
    count(filter) {
      flush();
      const { where, values } = condition(filter);
      const count = database.prepare<unknown[], number>(`SELECT count(*) FROM entry WHERE ${where}`).pluck();
      return { count: count.get(...values)!, evicted: evictedOf(filter.client) };
    },
    clear(client) {
      flush();
      inTransaction(() => {
        keepLast.run(last);
        if (client === undefined) {
          database.exec('DELETE FROM entry; DELETE FROM evicted;');
          return;
        }
        // Its own entries alone are looked at: client codes are dropped often, and the journal may be long.
        const sizes = deleteOf.all(client);
        deleteMarkOf.run(client);
        entries -= sizes.length;
        bytes -= sizes.reduce((sum, size) => sum + size, 0);
      });
      byMark.clear(client);
      if (client === undefined) [entries, bytes, waiting, missed] = [0, 0, [], 0];
    },
    close() {
      flush();
      waiting = [];
      database.close();
    },
  };
}

/** Itself, ordinarily. */
export function withinTextBounds(event: JournalEvent): JournalEvent {
  if (event.kind === 'fault') return event;
  const { path, query, batchId } = event;
  const { length: batchIdChars } = batchId ?? '';
  if (Math.max(path.length, query.length) <= TEXT_CHARS_MAX && batchIdChars <= BATCH_ID_CHARS_MAX) return event;
  const cut = batchId && (copied(batchId, BATCH_ID_CHARS_MAX) as BatchId);
  return { ...event, path: copied(path, TEXT_CHARS_MAX), query: copied(query, TEXT_CHARS_MAX), batchId: cut };
}

/** A slice alone would keep the whole text in memory that it was cut from. */
const copied = (text: string, chars: number) => Buffer.from(text.slice(0, chars)).toString();

interface StoredEntry {
  readonly kind: JournalEvent['kind'];
  readonly faults: string;
  readonly event: string;
}

function storedEntry({ faults, event, ...columns }: StoredEntry): JournalEntry {
  const names = JSON.parse(faults) as readonly string[];
  const fired = columns.kind === 'fault' ? { fault: names[0] } : { faults: names };
  return entryOf({ ...columns, ...fired, ...(JSON.parse(event) as object) });
}

/** What an entry takes: its texts, its place in the index, and what is left empty of its pages. */
function storedBytes(textBytes: number): number {
  const bytes = textBytes + OTHER_BYTES;
  return bytes > PAGE_BYTES
    ? Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES
    : Math.ceil(PAGE_BYTES / Math.floor(PAGE_BYTES / bytes));
}

const OTHER_BYTES = 64;
/** Of SQLite's pages of 4 KiB, what holds entries. */
const PAGE_BYTES = 4_000;

function condition(filter: JournalFilter): { readonly where: string; readonly values: unknown[] } {
  const parts: string[] = ['1'];
  const values: unknown[] = [];
  for (const field of FIELDS) {
    const value = filter[field];
    if (value === undefined) continue;
    parts.push(`${FOUND_BY[field]} = ?`);
    values.push(field === 'method' ? String(value).toUpperCase() : value);
  }
  if (filter.path !== undefined) {
    const star = filter.path.indexOf('*');
    parts.push(star === -1 ? 'path = ?' : 'substr(path, 1, ?) = ? AND path_fits(?, path)');
    values.push(...(star === -1 ? [filter.path] : [star, filter.path.slice(0, star), filter.path]));
  }
  if (filter.fault !== undefined) {
    parts.push('EXISTS (SELECT 1 FROM json_each(faults) WHERE value = ?)');
    values.push(filter.fault);
  }
  return { where: parts.join(' AND '), values };
}
