/** What became of a batch's rows, by row number, with the ids read back from its body. */
import type { Database } from 'better-sqlite3';
import type { RowOutcome } from '../../protocol/vocabulary/index.ts';
import type { BatchRow } from './batch-table.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { isAsAccepted, piecesOf } from './body-check.ts';
import { type BodyParts, type BodyPlace, partsOf } from './body-place.ts';
import { outcomeRules, outcomeTable, type OutcomeTable } from './row-outcomes.ts';
import type { ListedRow, Page, RowBytes, RowRecord } from './store.ts';
import { findRowStarts, readRow, readRowId, type RowStarts } from './stored-row-ids.ts';

export interface RowQuery {
  readonly outcome?: RowOutcome;
  readonly idPart?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** Lists that are read side by side without looking for their rows again for each page. */
const BATCHES_MAX = 4;

export interface RowReader {
  /** Rows that have an outcome. */
  consumed(batch: BatchRow, query: RowQuery): Page<RowRecord>;
  /** The waiting ones too. Of a complete batch whose outcomes are evicted nothing is known: it lists none. */
  all(batch: BatchRow, query: Omit<RowQuery, 'outcome'>): Page<ListedRow>;
  /** Also the batches read last. */
  forget(): void;
  /** The row's line and its header row's, as they stand in the body; undefined for lines beyond 1 MiB. */
  bytes(batch: BatchRow, row: number): RowBytes | undefined;
  /** The body's first bytes, as they arrived; undefined once it is evicted. */
  bodyStart(batch: BatchRow, bytesMax: number): Uint8Array | undefined;
}

/** Remembers the batches read last, since their pages are read one after the other: 6 bytes a row. */
export function rowReader(database: Database, bodies: BodyPlace): RowReader {
  const rules = outcomeRules(database);
  const selectSlices = database
    .prepare<[number], Uint8Array>('SELECT words FROM outcome_slice WHERE sequence = ?')
    .pluck();
  const selectBody = database.prepare<[number], Uint8Array>('SELECT bytes FROM batch_body WHERE sequence = ?').pluck();
  const read = new BoundedMap<number, { consumed: number; outcomeBytes: number; table: OutcomeTable }>(BATCHES_MAX);
  const found = new BoundedMap<number, { readonly starts: RowStarts | undefined }>(BATCHES_MAX);

  const tableOf = ({ sequence, consumed, outcome_bytes: outcomeBytes, batch_size }: BatchRow): OutcomeTable => {
    const before = read.get(sequence);
    if (before?.consumed === consumed && before.outcomeBytes === outcomeBytes) return before.table;
    const table = outcomeTable(batch_size, selectSlices.iterate(sequence));
    read.set(sequence, { consumed, outcomeBytes, table });
    return table;
  };

  const openBody = ({ sequence, body, body_name }: BatchRow): BodyParts | undefined => {
    if (body === 'evicted') return undefined;
    if (body_name !== null) return bodies.openParts(body_name);
    const bytes = selectBody.get(sequence);
    return bytes && partsOf(bytes);
  };

  /** Undefined of a body that is not what was accepted: what it says of a row may be untrue. */
  const startsOf = (batch: BatchRow, body: BodyParts): RowStarts | undefined => {
    let known = found.get(batch.sequence);
    if (known === undefined) {
      known = { starts: isWhole(batch, body) ? findRowStarts(body, batch.batch_size) : undefined };
      found.set(batch.sequence, known);
    }
    // Cut since then.
    return body.byteLength === batch.body_bytes ? known.starts : undefined;
  };

  /** The page of those rows up to `lastRow` that match, each made of its number and, where the body is kept, its id. */
  const page = <Item>(
    batch: BatchRow,
    { limit, cursor }: RowQuery,
    lastRow: number,
    matches: (row: number) => boolean,
    item: (row: number, id: string | undefined) => Item,
  ): Page<Item> => {
    const rows: number[] = [];
    let hasMore = false;
    for (let row = cursor === undefined ? 1 : Number(cursor) + 1; row <= lastRow && !hasMore; row += 1) {
      if (!matches(row)) continue;
      if (rows.length < limit) rows.push(row);
      else hasMore = true;
    }

    const body = rows.length === 0 ? undefined : openBody(batch);
    try {
      const starts = body && startsOf(batch, body);
      const items = rows.map((row) => item(row, body && starts && readRowId(body, starts, row)));
      return { items, next: hasMore ? String(rows.at(-1)) : undefined };
    } finally {
      body?.close();
    }
  };

  /** The same for rows whose id contains `idPart`, as far as one page looks for them. */
  const searched = <Item>(
    batch: BatchRow,
    { limit, cursor, idPart }: RowQuery & { readonly idPart: string },
    lastRow: number,
    matches: (row: number) => boolean,
    item: (row: number, id: string | undefined) => Item,
  ): Page<Item> => {
    const body = openBody(batch);
    if (body === undefined) return { items: [], next: undefined };
    try {
      const starts = startsOf(batch, body);
      if (starts === undefined) return { items: [], next: undefined };
      const items: Item[] = [];
      let row = cursor === undefined ? 0 : Number(cursor);
      for (let looks = 0; row < lastRow && items.length < limit && looks < ROWS_SEARCHED_MAX;) {
        row += 1;
        if (!matches(row)) continue;
        looks += 1;
        const id = readRowId(body, starts, row);
        if (id.includes(idPart)) items.push(item(row, id));
      }
      return { items, next: row < lastRow ? String(row) : undefined };
    } finally {
      body.close();
    }
  };

  return {
    forget() {
      read.clear();
      found.clear();
    },
    consumed(batch, query) {
      const table = tableOf(batch);
      const { outcome, idPart } = query;
      const matches = (row: number) =>
        outcome === undefined ? table.outcome(row) !== undefined : table.outcome(row) === outcome;
      const item = (row: number, id: string | undefined) => ({
        row,
        id,
        outcome: table.outcome(row)!,
        rule: rules.ruleOf(table.rule(row)),
        column: table.column(row),
      });
      return idPart === undefined
        ? page(batch, query, table.lastRow, matches, item)
        : searched(batch, { ...query, idPart }, table.lastRow, matches, item);
    },
    bytes(batch, row) {
      if (row < 1 || row > batch.batch_size) return undefined;
      const body = openBody(batch);
      if (body === undefined) return undefined;
      try {
        const starts = startsOf(batch, body);
        if (starts === undefined) return undefined;
        const header = readRow(body, starts, 0);
        const line = readRow(body, starts, row);
        return header === undefined || line === undefined ? undefined : { header, line };
      } finally {
        body.close();
      }
    },
    bodyStart(batch, bytesMax) {
      const body = openBody(batch);
      try {
        return body?.read(0, Math.min(body.byteLength, bytesMax));
      } finally {
        body?.close();
      }
    },
    all(batch, query) {
      const table = tableOf(batch);
      const isComplete = batch.status === 'complete';
      const matches = (row: number) => !isComplete || table.outcome(row) !== undefined;
      const outcomeOf = (row: number) => table.outcome(row) ?? 'pending';
      return page(batch, query, batch.batch_size, matches, (row, id) => ({ id, outcome: outcomeOf(row) }));
    },
  };
}

function isWhole({ body_bytes: bodyBytes, body_checksum }: BatchRow, body: BodyParts): boolean {
  const check = isAsAccepted(piecesOf(body.byteLength, body.read), {
    bodyBytes,
    bodyChecksum: body_checksum ?? undefined,
  });
  for (;;) {
    const { done, value } = check.next();
    if (done === true) return value;
  }
}

/** Ids that one page looks at: some milliseconds. */
const ROWS_SEARCHED_MAX = 5_000;
