/** For one row of a batch: its cells as read, what became of it and why, and what is left of what it wrote. */
import type { Api, BatchId, ClientCode, RowOutcome, RuleId } from '../../protocol/vocabulary/index.ts';
import type { BatchRecord, Reader, RowRecord, StoredWrite } from '../store/store.ts';
import { citedRules, type CitedRule, rowMessage } from '../../protocol/rules/index.ts';
import { type CellExplanation, readCells } from './read-cells.ts';

export interface RowExplanation {
  readonly batchId: BatchId;
  readonly client: ClientCode;
  readonly api: Api;
  readonly row: number;
  /** Undefined once the body is evicted. */
  readonly id: string | undefined;
  /** Undefined once the outcomes are evicted too. */
  readonly outcome: RowOutcome | 'pending' | undefined;
  readonly rule: RuleId | undefined;
  readonly column: number | undefined;
  readonly message: string;
  /** Undefined once the body is evicted, and for lines beyond 1 MiB; the first 1,000. */
  readonly cells: readonly CellExplanation[] | undefined;
  readonly cellCount: number | undefined;
  /** What it wrote; undefined where the cells are. */
  readonly attributes: readonly WrittenAttribute[] | undefined;
  /** What was noted at this row, as far as positions are kept. */
  readonly diagnostics: readonly { readonly rule: RuleId; readonly column: number | undefined }[];
  readonly rules: readonly CitedRule[];
}

export interface WrittenAttribute {
  readonly name: string;
  readonly value: string;
  /**
   * - `visible`, `covered`: it is there; covered by a pending value of another write.
   * - `overwritten`: the name has another value now, which `by` wrote.
   * - `overridden`: a later v2 batch took it away without writing it (v2-override-caveat).
   * - `gone`: it is not there, and the store does not know why: the budget (lim-64k-evict), the lifetime, a deletion.
   */
  readonly state: 'visible' | 'covered' | 'overwritten' | 'overridden' | 'gone';
  /** Undefined where it is still there, or nobody knows; without a batch for a write outside of batches. */
  readonly by: WrittenBy | undefined;
}

export interface WrittenBy {
  readonly batchId: BatchId | undefined;
  readonly row: number | undefined;
}

export type RowAnswer = RowExplanation | 'unknown-batch' | 'unknown-row';

export function explainRow(reader: Reader, batchId: string, row: number, nowOf: (client: string) => number): RowAnswer {
  const batch = reader.batch(batchId);
  if (batch === undefined) return 'unknown-batch';
  if (row < 1 || row > batch.batchSize) return 'unknown-row';

  const bytes = reader.rowBytes(batchId, row);
  const read = bytes && readCells(bytes, batch.settings);
  const record = recordOf(reader, batchId, row);
  const outcome = record?.outcome ?? (batch.status === 'incomplete' ? 'pending' : undefined);
  const id = record?.id ?? read?.cells[0]?.value;
  const hasWritten = outcome === 'updated' || outcome === 'created';
  const profile =
    read && hasWritten
      ? reader.profileWrites(batch.client, { kind: batch.idKind, value: id ?? '' }, nowOf(batch.client))
      : undefined;
  const held = profile?.kind === 'profile' ? profile.attributes : [];
  const attributes = read && (hasWritten ? read.writes : []).map(leftOf(reader, batch, row, held));
  const diagnostics = batch.diagnostics.flatMap(({ rule, first }) =>
    first.filter((position) => position.row === row).map(({ column }) => ({ rule, column })),
  );
  // A profile that is not there has outlived itself, or was deleted, which is no rule.
  const goneBy = profile?.kind === 'profile' ? 'lim-64k-evict' : 'life-14d';
  const isAny = (asked: WrittenAttribute['state']) => attributes?.some(({ state }) => state === asked) === true;
  return {
    batchId: batch.batchId,
    client: batch.client,
    api: batch.api,
    row,
    id,
    outcome,
    rule: record?.rule,
    column: record?.column,
    message: messageOf(batch, row, record, outcome),
    cells: read?.cells,
    cellCount: read?.cellCount,
    attributes,
    diagnostics,
    rules: citedRules([
      record?.rule,
      ...diagnostics.map(({ rule }) => rule),
      isAny('overridden') ? 'v2-override-caveat' : undefined,
      isAny('gone') ? goneBy : undefined,
    ]),
  };
}

/** Undefined while the row waits, and once its outcome is evicted. */
function recordOf(reader: Reader, batchId: string, row: number): RowRecord | undefined {
  const [record] = reader.rows(batchId, { limit: 1, cursor: String(row - 1) }).items;
  return record?.row === row ? record : undefined;
}

function messageOf(
  { idKind, status }: BatchRecord,
  row: number,
  record: RowRecord | undefined,
  outcome: RowExplanation['outcome'],
): string {
  if (record !== undefined) return rowMessage({ ...record, idKind });
  if (outcome === 'pending') return `Row ${row}: not applied yet.`;
  return status === 'stuck' ? `Row ${row}: never applied.` : `Row ${row}: what became of it is not kept any more.`;
}

/** What is left of what a row wrote, by what the profile holds now. */
function leftOf(reader: Reader, batch: BatchRecord, row: number, held: readonly StoredWrite[]) {
  const taken = batch.overrides.filter((pair) => pair.batch === batch.batchId);

  const takenBy = (name: string): WrittenBy | undefined =>
    taken.flatMap(({ by, first }) =>
      first
        .filter(({ attributes }) => attributes.some((lost) => lost.name === name && lost.row === row))
        .map((at) => ({ batchId: by, row: at.row })),
    )[0];
  const writerOf = (write: StoredWrite): WrittenBy => ({
    batchId: write.batch === undefined ? undefined : reader.batchOf(write.batch)?.batchId,
    row: write.row,
  });

  return ({ name, value }: Pick<WrittenAttribute, 'name' | 'value'>): WrittenAttribute => {
    const sameName = held.filter((write) => write.name === name);
    const own = sameName.find((write) => write.batch === batch.sequence && write.row === row);
    const visible = sameName.find((write) => write.visible);
    const overriddenBy = takenBy(name);
    if (own?.visible === true) return { name, value, state: 'visible', by: undefined };
    if (own !== undefined) return { name, value, state: 'covered', by: visible && writerOf(visible) };
    if (overriddenBy !== undefined) return { name, value, state: 'overridden', by: overriddenBy };
    if (visible !== undefined) return { name, value, state: 'overwritten', by: writerOf(visible) };
    return { name, value, state: 'gone', by: undefined };
  };
}
