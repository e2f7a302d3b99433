/** A batch while it is applied: its body in memory, cut into slices of rows in the order of application. */
import { dataRowReader } from '../../protocol/batch-file/data-row.ts';
import { type DiagnosticTallies, diagnosticTallies } from '../../protocol/batch-file/diagnostic-tally.ts';
import { asBuffer, lineReader } from '../../protocol/batch-file/line-text.ts';
import { ourLocationHint } from '../../protocol/rules/keys.ts';
import { isAsAccepted } from '../store/body-check.ts';
import { partsOf } from '../store/body-place.ts';
import type { ProfileHash } from '../store/profile-key.ts';
import type { ApplicationOrder } from '../store/batch-columns.ts';
import type { HeadBatch, Slice, SliceRow } from '../store/sync-store.ts';
import { lostRows } from '../faults/lost-row.ts';
import { rowIndex } from './row-index.ts';

interface SliceBounds {
  readonly sliceRowsMax: number;
  /** A slice ends before the row that would take it over this, unless that row is its first. */
  readonly sliceBytesMax: number;
}

export interface ApplyingBatch {
  /** The rows from `head.consumedCount` on; its rows can be iterated once. */
  slice(head: HeadBatch, now: number, bounds: SliceBounds): { readonly slice: Slice; readonly rows: number };
}

/** Reads the whole body once before its first slice, pausing on the way. Undefined where it is not what was accepted. */
export function* applyBatch(
  head: HeadBatch,
  order: ApplicationOrder,
  bytes: Uint8Array,
  profileHash: ProfileHash,
): Generator<undefined, ApplyingBatch | undefined, undefined> {
  if (!(yield* isAsAccepted(partsOf(bytes), head))) return undefined;
  const body = asBuffer(bytes);
  const hasher = profileHash(head.generation, head.idKind);
  const index = yield* rowIndex(body, head, order === 'key' ? hasher : undefined);
  if (index === undefined) return undefined;

  const { header, starts, ends } = index;
  const reader = dataRowReader(header, head.settings);
  const lineOf = lineReader(body);
  const lost = lostRows(head.faults ?? {});
  const rowAt = (position: number) => (index.order === undefined ? position : index.order[position]!);

  const sliceEnd = (from: number, { sliceRowsMax, sliceBytesMax }: SliceBounds): number => {
    const endMax = Math.min(from + sliceRowsMax, starts.length);
    let bytesLeft = sliceBytesMax;
    for (let position = from; position < endMax; position += 1) {
      const row = rowAt(position);
      bytesLeft -= ends[row]! - starts[row]! + header.targets.length * COLUMN_BYTES;
      if (bytesLeft < 0 && position > from) return position;
    }
    return endMax;
  };

  /** What fetching has seen: a sum nobody looks at, or the looking would be optimised away. */
  let seen = 0;

  /**
   * In key order rows lie anywhere in the body, and the processor would wait for the memory of each. It does not wait
   * for a look at a single byte, so that those of many rows are brought at once.
   */
  const fetchRows = (from: number, to: number): void => {
    for (let position = from; position < to; position += 1) {
      const row = rowAt(position);
      seen ^= body[starts[row]!]! ^ body[ends[row]! - 1]!;
    }
  };

  function* readRows(from: number, to: number, notes: DiagnosticTallies): Iterable<SliceRow> {
    // One object for all rows: the store is done with a row when it asks for the next.
    const sliceRow: Mutable<SliceRow> = { row: 0, reading: NOTHING_READ, hash: undefined };
    const note = (rule: Parameters<DiagnosticTallies['note']>[0], column: number) =>
      notes.note(rule, sliceRow.row, column);
    for (let position = from; position < to; position += 1) {
      if ((position - from) % ROWS_FETCHED === 0) fetchRows(position, Math.min(position + ROWS_FETCHED, to));
      const row = rowAt(position);
      sliceRow.row = row + 1;
      const reading = reader.read(lineOf(starts[row]!, ends[row]!), note);
      sliceRow.reading = reading;
      sliceRow.hash =
        reading.kind === 'row'
          ? hasher.ofText(ourLocationHint.decide(head.idKind, reading.id, head.settings.locationHint))
          : undefined;
      yield sliceRow;
    }
  }

  return {
    slice(current, now, bounds) {
      const from = current.consumedCount;
      const faults = current.faults ?? {};
      const rowsMax = Math.min(bounds.sliceRowsMax, faults.slow?.rowsPerStep ?? Infinity);
      const stuckAt = faults.stuckAfterRows ?? Infinity;
      const to = Math.min(sliceEnd(from, { ...bounds, sliceRowsMax: rowsMax }), stuckAt);
      const isStuck = to === stuckAt && to < starts.length;
      const notes = diagnosticTallies();
      const slice: Slice = {
        batch: current,
        order,
        attributeNames: header.attributes,
        rows: readRows(from, to, notes),
        now,
        diagnostics: notes.tallies,
        last: to === starts.length || isStuck,
        stuck: isStuck,
        dueAt: faults.slow === undefined ? undefined : now + faults.slow.everyMs,
        lost,
      };
      return { slice, rows: to - from };
    },
  };
}

/** A cell of two bytes is as much work as one of many. */
const COLUMN_BYTES = 24;

const NOTHING_READ = { kind: 'ignored' } as const;

/** Rows whose bytes are fetched ahead: 16 to 256 are equally good. */
const ROWS_FETCHED = 64;

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
