/** What became of a batch's rows, by row number, with the ids read back from its body. */
import type { Database } from 'better-sqlite3';
import { resultOf } from '../../protocol/batch-file/read-batch-file.ts';
import { statements } from './statements.ts';
import type { BatchFields } from './batch-columns.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { isAsAccepted } from './body-check.ts';
import { type BodyParts, type BodyPlace, partsOf } from './body-place.ts';
import { outcomeRules, outcomeTable, type OutcomeTable } from './row-outcomes.ts';
import type { ListedRow, Page, PageQuery, RowBytes, RowQuery, RowRecord } from './store.ts';
import { findRowStarts, readRow, readRowId, type RowStarts } from './stored-row-ids.ts';

/** Lists that are read side by side without looking for their rows again for each page. */
const BATCHES_MAX = 4;

/** Remembers the batches read last, since their pages are read one after the other: 6 bytes a row. */
export function rowReader(database: Database, bodies: BodyPlace) {
  const { pluck } = statements(database);
  const rules = outcomeRules(database);
  const selectSlices = pluck<[number], Uint8Array>('SELECT words FROM outcome_slice WHERE sequence = ?');
  const selectBody = pluck<[number], Uint8Array>('SELECT bytes FROM batch_body WHERE sequence = ?');
  const read = new BoundedMap<number, { consumed: number; outcomeBytes: number; table: OutcomeTable }>(BATCHES_MAX);
  const found = new BoundedMap<number, { readonly starts: RowStarts | undefined }>(BATCHES_MAX);

  const tableOf = ({ sequence, consumedCount, outcomeBytes, batchSize }: BatchFields): OutcomeTable => {
    const before = read.get(sequence);
    if (before?.consumed === consumedCount && before.outcomeBytes === outcomeBytes) return before.table;
    const table = outcomeTable(batchSize, selectSlices.iterate(sequence));
    read.set(sequence, { consumed: consumedCount, outcomeBytes, table });
    return table;
  };

  const openBody = ({ sequence, body, bodyName }: BatchFields): BodyParts | undefined => {
    if (body === 'evicted') return undefined;
    if (bodyName !== undefined) return bodies.openParts(bodyName);
    const bytes = selectBody.get(sequence);
    return bytes && partsOf(bytes);
  };

  /** Undefined of a body that is not what was accepted: what it says of a row may be untrue. */
  const startsOf = (batch: BatchFields, body: BodyParts): RowStarts | undefined => {
    let known = found.get(batch.sequence);
    if (known === undefined) {
      known = { starts: resultOf(isAsAccepted(body, batch)) ? findRowStarts(body, batch.batchSize) : undefined };
      found.set(batch.sequence, known);
    }
    // Cut since then.
    return body.byteLength === batch.bodyBytes ? known.starts : undefined;
  };

  const withBody = <Result>(batch: BatchFields, work: (body?: BodyParts, starts?: RowStarts) => Result): Result => {
    const body = openBody(batch);
    try {
      return work(body, body && startsOf(batch, body));
    } finally {
      body?.close();
    }
  };

  /**
   * The page of those rows up to `lastRow` that match, each made of its number and, where the body is kept, its id. With
   * `idPart` those whose id contains it, as far as one page looks for them: none of a body that is not kept.
   */
  const page = <Item>(
    batch: BatchFields,
    { limit, cursor, idPart }: RowQuery,
    lastRow: number,
    matches: (row: number) => boolean,
    item: (row: number, id: string | undefined) => Item,
  ): Page<Item> =>
    withBody(batch, (body, starts) => {
      if (idPart !== undefined && starts === undefined) return { items: [], next: undefined };
      const items: Item[] = [];
      let row = Number(cursor ?? 0);
      let looks = 0;
      for (; row < lastRow && looks < ROWS_SEARCHED_MAX; row += 1) {
        if (!matches(row + 1)) continue;
        // One more that matches: there is a next page.
        if (items.length === limit) break;
        const id = body && starts && readRowId(body, starts, row + 1);
        if (idPart === undefined || id?.includes(idPart)) items.push(item(row + 1, id));
        if (idPart !== undefined) looks += 1;
      }
      return { items, next: row < lastRow ? String(row) : undefined };
    });

  return {
    forget(): void {
      read.clear();
      found.clear();
    },
    consumed(batch: BatchFields, query: RowQuery): Page<RowRecord> {
      const table = tableOf(batch);
      const { outcome } = query;
      const matches = (row: number) =>
        outcome === undefined ? table.outcome(row) !== undefined : table.outcome(row) === outcome;
      const item = (row: number, id: string | undefined) => ({
        row,
        id,
        outcome: table.outcome(row)!,
        rule: rules.ruleOf(table.rule(row)),
        column: table.column(row),
      });
      return page(batch, query, table.lastRow, matches, item);
    },
    bytes(batch: BatchFields, row: number): RowBytes | undefined {
      if (row < 1 || row > batch.batchSize) return undefined;
      return withBody(batch, (body, starts) => {
        const header = body && starts && readRow(body, starts, 0);
        const line = body && starts && readRow(body, starts, row);
        return header && line && { header, line };
      });
    },
    bodyStart(batch: BatchFields, bytesMax: number): Uint8Array | undefined {
      const body = openBody(batch);
      try {
        return body?.read(0, Math.min(body.byteLength, bytesMax));
      } finally {
        body?.close();
      }
    },
    /** The waiting ones too. Of a complete batch whose outcomes are evicted nothing is known: it lists none. */
    all(batch: BatchFields, query: PageQuery): Page<ListedRow> {
      const table = tableOf(batch);
      const isComplete = batch.status === 'complete';
      const matches = (row: number) => !isComplete || table.outcome(row) !== undefined;
      const item = (row: number, id: string | undefined) => ({
        id,
        outcome: table.outcome(row) ?? ('pending' as const),
      });
      return page(batch, query, batch.batchSize, matches, item);
    },
  };
}

/** Ids that one page looks at: some milliseconds. */
const ROWS_SEARCHED_MAX = 5_000;
