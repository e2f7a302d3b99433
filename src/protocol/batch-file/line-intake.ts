/** Takes in what follows `batch=`: the header row is judged when its line is complete, data rows are counted, or read too. */
import { ourColumnsMax } from '../rules/header-row.ts';
import { limRows } from '../rules/limits.ts';
import { errBatchMissing, ourHeaderOnly } from '../rules/request-format.ts';
import { COLUMNS_MAX, type Rejection, type RuleId, type Settings, type VisitorIdKind } from '../vocabulary/index.ts';
import { type DataRowReader, dataRowReader, type RowReading } from './data-row.ts';
import type { Note } from './diagnostic-tally.ts';
import { type HeaderRow, readHeaderRow } from './header-row.ts';
import { lineReader, type LineText } from './line-text.ts';
import { rowFinder } from './row-finder.ts';

export interface BatchFileListener {
  /** What changed no answer. */
  readonly note: Note;
  readonly header?: (header: HeaderRow) => void;
  /** Without it rows are counted and not read, and nothing is noted of them. The reading may be reused. */
  readonly row?: (row: number, reading: RowReading) => void;
  /** Each data row before it is read. */
  readonly line?: (line: LineText) => void;
}

export interface LineCounts {
  readonly kind: 'read';
  /** Data rows. */
  readonly rows: number;
  readonly idKind: VisitorIdKind;
}

/** Blocks cut anywhere. Of a line that is not ended no more is held than will have to be read. */
export function lineIntake(settings: Settings, on: BatchFileListener) {
  let header: HeaderRow | undefined;
  let reader: DataRowReader | undefined;
  const isRead = on.row !== undefined || on.line !== undefined;
  let rows = 0;
  let refusal: Rejection | undefined;
  let block: Buffer = EMPTY;
  let blockStart = 0;
  /** What earlier blocks had of the line that is not ended, where it will have to be read. */
  let held: Buffer[] = [];

  /** Of the header row, as far as it has arrived. */
  let headerCommas = 0;

  const endHeaderRow = (line: Buffer): Rejection | undefined => {
    const tooWide = ourColumnsMax.decide(1 + commasIn(line), line.length);
    if (tooWide !== undefined) return tooWide;
    const read = readHeaderRow(line, (rule, column) => on.note(rule, 0, column));
    if (read.kind === 'rejection') return read;
    header = read;
    if (on.row !== undefined) reader = dataRowReader(read, settings);
    on.header?.(read);
    return undefined;
  };
  const note = (rule: RuleId, column: number) => on.note(rule, rows, column);
  const endDataRow = (start: number, end: number): Rejection | undefined => {
    const tooMany = limRows.decide(rows + 1);
    if (tooMany !== undefined) return tooMany;
    rows += 1;
    on.line?.(lineText(start, end));
    if (reader !== undefined) on.row?.(rows, reader.read(lineText(start, end), note));
    return undefined;
  };

  /** A line that began in this block is read where it lies. */
  let textOf: ReturnType<typeof lineReader> | undefined;
  const lineText = (start: number, end: number): LineText => {
    if (start < blockStart) return lineReader(lineBytes(start, end))(0, end - start);
    textOf ??= lineReader(block);
    return textOf(start - blockStart, end - blockStart);
  };
  const lineBytes = (start: number, end: number): Buffer => {
    if (start >= blockStart) return block.subarray(start - blockStart, end - blockStart);
    // It may end before the block begins: at the carriage return of its line end.
    const rest = block.subarray(0, Math.max(0, end - blockStart));
    return Buffer.concat([...held, rest]).subarray(0, end - start);
  };

  const finder = rowFinder(0, (start, end) => {
    refusal = header === undefined ? endHeaderRow(lineBytes(start, end)) : endDataRow(start, end);
    return refusal !== undefined;
  });

  return {
    read(next: Buffer): Rejection | undefined {
      block = next;
      textOf = undefined;
      finder.read(block);
      const lineStart = finder.lineStart() - blockStart;
      if (header === undefined && refusal === undefined && finder.isInRow()) {
        headerCommas += commasIn(block.subarray(Math.max(0, lineStart)));
        // What came last may be half of its line end.
        refusal = ourColumnsMax.decide(1 + headerCommas, block.length - lineStart - 1);
      }
      if (lineStart >= 0) held = [];
      // A copy, since the block is the sender's.
      if (header === undefined || isRead) held.push(Buffer.from(block.subarray(Math.max(0, lineStart))));
      blockStart += block.length;
      return refusal;
    },
    end(): LineCounts | Rejection {
      block = EMPTY;
      finder.end();
      refusal ??= errBatchMissing.decide(header?.idKind);
      if (refusal !== undefined || header === undefined) return refusal!;
      const headerOnly = ourHeaderOnly.decide(rows);
      if (headerOnly !== undefined) on.note(headerOnly.rule, headerOnly.row);
      return { kind: 'read', rows, idKind: header.idKind };
    },
  };
}

/** Or as many as are too many. */
function commasIn(bytes: Buffer): number {
  let commas = 0;
  for (let at = bytes.indexOf(COMMA); at !== -1 && commas < COLUMNS_MAX; at = bytes.indexOf(COMMA, at + 1)) commas += 1;
  return commas;
}

const COMMA = 0x2c;
const EMPTY = Buffer.alloc(0);
