/** What became of a batch's rows, by row number, with the ids read back from its body. */
import type { Database } from 'better-sqlite3';
import type { RowOutcome } from '../../protocol/vocabulary/index.ts';
import type { BatchRow } from './batch-table.ts';
import { type BodyParts, type BodyPlace, partsOf } from './body-place.ts';
import { outcomeRules, outcomeTable, type OutcomeTable } from './row-outcomes.ts';
import type { Page, RowRecord } from './store.ts';
import { findRowStarts, readRowId, type RowStarts } from './stored-row-ids.ts';

export interface RowQuery {
  readonly outcome?: RowOutcome;
  readonly limit: number;
  readonly cursor?: string;
}

/** Remembers the batch read last, since its pages are read one after the other: 6 bytes a row. */
export function rowReader(
  database: Database,
  bodies: BodyPlace,
): (batch: BatchRow, query: RowQuery) => Page<RowRecord> {
  const rules = outcomeRules(database);
  const selectSlices = database
    .prepare<[number], Uint8Array>('SELECT words FROM outcome_slice WHERE sequence = ?')
    .pluck();
  const selectBody = database.prepare<[number], Uint8Array>('SELECT bytes FROM batch_body WHERE sequence = ?').pluck();
  let read: { sequence: number; consumed: number; outcomeBytes: number; table: OutcomeTable } | undefined;
  let found: { sequence: number; starts: RowStarts } | undefined;

  const tableOf = ({ sequence, consumed, outcome_bytes: outcomeBytes, batch_size }: BatchRow): OutcomeTable => {
    if (read?.sequence !== sequence || read.consumed !== consumed || read.outcomeBytes !== outcomeBytes) {
      read = { sequence, consumed, outcomeBytes, table: outcomeTable(batch_size, selectSlices.iterate(sequence)) };
    }
    return read.table;
  };

  const openBody = ({ sequence, body, body_name }: BatchRow): BodyParts | undefined => {
    if (body === 'evicted') return undefined;
    if (body_name !== null) return bodies.openParts(body_name);
    const bytes = selectBody.get(sequence);
    return bytes && partsOf(bytes);
  };

  const startsOf = (batch: BatchRow, body: BodyParts): RowStarts => {
    if (found?.sequence !== batch.sequence) {
      found = { sequence: batch.sequence, starts: findRowStarts(body, batch.batch_size) };
    }
    return found.starts;
  };

  return (batch, { outcome, limit, cursor }) => {
    const table = tableOf(batch);
    const matches = (row: number) =>
      outcome === undefined ? table.outcome(row) !== undefined : table.outcome(row) === outcome;
    const rows: number[] = [];
    let hasMore = false;
    for (let row = cursor === undefined ? 1 : Number(cursor) + 1; row <= table.lastRow && !hasMore; row += 1) {
      if (!matches(row)) continue;
      if (rows.length < limit) rows.push(row);
      else hasMore = true;
    }

    const body = rows.length === 0 ? undefined : openBody(batch);
    try {
      const starts = body && startsOf(batch, body);
      const items = rows.map((row) => ({
        row,
        id: body && starts && readRowId(body, starts, row),
        outcome: table.outcome(row)!,
        rule: rules.ruleOf(table.rule(row)),
        column: table.column(row),
      }));
      return { items, next: hasMore ? String(rows.at(-1)) : undefined };
    } finally {
      body?.close();
    }
  };
}
