/** The lost-update alarm: what a write takes away of other batches and does not write itself (v2-override-caveat), as kept. */
import type { Database } from 'better-sqlite3';
import type { LayerPlan } from '../../protocol/rules/v2.ts';
import { statements } from './statements.ts';
import type { BatchId } from '../../protocol/vocabulary/index.ts';
import type { AttributeNames } from './attribute-names.ts';
import type { NameMarks } from './name-marks.ts';
import type { RecordScan } from './record-scan.ts';
import type { BatchOverride, OverriddenRow } from './store.ts';

/** Rows named for each pair of batches; the rest is only counted. */
export const OVERRIDDEN_ROWS_MAX = 100;
/** Attributes named for each of them. */
export const OVERRIDDEN_ATTRIBUTES_MAX = 20;
/** Earlier batches told apart for each later one; those beyond are counted together. */
export const OVERRIDDEN_BATCHES_MAX = 100;

/** Attributes of one earlier write, on their way out. */
export interface LostUpdate {
  /** Sequence and row of the batch that wrote them. */
  readonly batch: number;
  readonly row: number;
  /** Name ids. */
  readonly names: readonly number[];
}

/** A name that the write itself sets anew is updated, not lost; what was written outside a batch has nobody to be named. */
export function lostUpdates(
  scan: RecordScan,
  { drops }: Pick<LayerPlan, 'drops'>,
  written: NameMarks,
  by: number,
): readonly LostUpdate[] {
  if (drops === 'nothing' || scan.segmentCount === 0) return NONE;
  const lost: LostUpdate[] = [];
  for (let at = 0; at < scan.segmentCount; at += 1) {
    const batch = scan.batchOf(at);
    if (batch === 0 || batch === by || scan.isCustomers(at) || (drops === 'pending' && !scan.isPending(at))) continue;
    const names: number[] = [];
    for (let pair = scan.firstPair(at); pair < scan.firstPair(at + 1); pair += 1) {
      const name = scan.nameOf(pair);
      if (!written.has(name)) names.push(name);
    }
    if (names.length > 0) lost.push({ batch, row: scan.rowOf(at), names });
  }
  return lost;
}

const NONE: readonly LostUpdate[] = [];

export type OverrideNotes = ReturnType<typeof overrideNotes>;

/** Gathers what the rows of one slice took away of earlier batches. Bounded by the rows of a slice. */
export function overrideNotes(names: AttributeNames) {
  const noted: { readonly batch: number; readonly row: OverriddenRow }[] = [];

  return {
    note(row: number, id: string, lost: readonly LostUpdate[]): void {
      for (const [batch, updates] of Map.groupBy(lost, (update) => update.batch)) {
        const attributes = updates.flatMap((update) =>
          update.names.map((name) => ({ name: names.nameOf(name), row: update.row })),
        );
        noted.push({ batch, row: { row, id, attributes: attributes.slice(0, OVERRIDDEN_ATTRIBUTES_MAX) } });
      }
    },
    /** What the slice found about each earlier batch, by its sequence. */
    tallies: () =>
      Array.from(
        Map.groupBy(noted, ({ batch }) => batch),
        ([batch, rows]) => ({ batch, count: rows.length, first: firstRows(rows.map(({ row }) => row)) }),
      ),
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
    add(by: number, found: ReturnType<OverrideNotes['tallies']>): void {
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
