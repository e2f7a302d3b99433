/** The lost-update alarm as kept: which batch took away how many rows' attributes of which earlier one, with the first keys. */
import type { Database } from 'better-sqlite3';
import { statements } from './statements.ts';
import type { BatchId } from '../../protocol/vocabulary/index.ts';
import type { AttributeNames } from './attribute-names.ts';
import type { LostUpdate } from './lost-updates.ts';
import type { BatchOverride, OverriddenRow } from './store.ts';

/** Rows named for each pair of batches; the rest is only counted. */
export const OVERRIDDEN_ROWS_MAX = 100;
/** Attributes named for each of them. */
export const OVERRIDDEN_ATTRIBUTES_MAX = 20;
/** Earlier batches told apart for each later one; those beyond are counted together. */
export const OVERRIDDEN_BATCHES_MAX = 100;

/** What one slice found about one earlier batch. */
interface OverrideTally {
  /** Its sequence. */
  readonly batch: number;
  readonly count: number;
  readonly first: readonly OverriddenRow[];
}

export type OverrideNotes = ReturnType<typeof overrideNotes>;

/** Gathers what the rows of one slice took away of earlier batches. Bounded by the rows of a slice. */
export function overrideNotes(names: AttributeNames) {
  const byBatch = new Map<number, OverriddenRow[]>();

  return {
    note(row: number, id: string, lost: readonly LostUpdate[]): void {
      for (const batch of new Set(lost.map((update) => update.batch))) {
        const attributes = lost
          .filter((update) => update.batch === batch)
          .flatMap((update) => update.names.map((name) => ({ name: names.nameOf(name), row: update.row })));
        const noted: OverriddenRow = { row, id, attributes: attributes.slice(0, OVERRIDDEN_ATTRIBUTES_MAX) };
        const rows = byBatch.get(batch);
        if (rows === undefined) byBatch.set(batch, [noted]);
        else rows.push(noted);
      }
    },
    tallies: (): readonly OverrideTally[] =>
      Array.from(byBatch, ([batch, rows]) => ({ batch, count: rows.length, first: firstRows(rows) })),
  };
}

export type OverrideTable = ReturnType<typeof overrideTable>;

/** Within the slice's transaction; `by` is a sequence too. */
export function overrideTable(database: Database) {
  const { prepare, pluck } = statements(database);
  const selectOne = prepare<[number, number], { count: number; first: string }>(
    'SELECT count, first FROM override_tally WHERE by_batch = ? AND batch = ?',
  );
  const countBatches = pluck<[number], number>('SELECT count(*) FROM override_tally WHERE by_batch = ? AND batch <> 0');
  const replace = prepare('REPLACE INTO override_tally (by_batch, batch, count, first) VALUES (?, ?, ?, ?)');

  return {
    add(by: number, found: readonly OverrideTally[]): void {
      for (const tally of found) {
        const known = selectOne.get(by, tally.batch);
        const isNamed = known !== undefined || countBatches.get(by)! < OVERRIDDEN_BATCHES_MAX;
        const batch = isNamed ? tally.batch : OTHERS;
        const before = isNamed ? known : selectOne.get(by, OTHERS);
        const rows = before === undefined ? [] : (JSON.parse(before.first) as OverriddenRow[]);
        const first = firstRows([...rows, ...tally.first]);
        replace.run(by, batch, (before?.count ?? 0) + tally.count, JSON.stringify(first));
      }
    },
  };
}

/** Both sides of the alarm: what this batch took away, and what was taken from it. */
export function overrideReader(database: Database): (sequence: number) => readonly BatchOverride[] {
  const { raw } = statements(database);
  const select = raw<[number, number], [batch: BatchId | null, by: BatchId, count: number, first: string]>(
    `SELECT earlier.batch_id, later.batch_id, override_tally.count, override_tally.first FROM override_tally
       JOIN batch AS later ON later.sequence = override_tally.by_batch
       LEFT JOIN batch AS earlier ON earlier.sequence = override_tally.batch
       WHERE override_tally.by_batch = ? OR override_tally.batch = ?
       ORDER BY override_tally.by_batch, override_tally.batch = 0, override_tally.batch`,
  );
  return (sequence) =>
    select.all(sequence, sequence).map(([batch, by, count, first]) => ({
      batch: batch ?? undefined,
      by,
      count,
      first: JSON.parse(first) as OverriddenRow[],
    }));
}

/** Stands for the batches that are not told apart. */
const OTHERS = 0;

/** Slices are in key order: a later one may hold earlier rows. */
function firstRows(rows: readonly OverriddenRow[]): readonly OverriddenRow[] {
  return rows.toSorted((a, b) => a.row - b.row).slice(0, OVERRIDDEN_ROWS_MAX);
}
