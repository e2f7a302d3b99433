/** What both formats give: rows as cells under numbered columns, a block at a time. */
import type { Fault } from './fault.ts';

export interface InputRow {
  /** The row's first line in the input, from 1. */
  readonly line: number;
  /** By column; missing and undefined cells are empty. */
  readonly cells: readonly (string | undefined)[];
  /** What is wrong with the row as such; its cells may then be anything. */
  readonly faults: readonly Fault[];
}

/** Whole lines of a CSV, as bytes of UTF-8: no quote is in them, so that each is a row and each delimiter ends a cell. */
export interface PlainLines {
  readonly bytes: Buffer;
  /** An ASCII character. */
  readonly delimiter: number;
  /** The file's. With LF a line may still end with CRLF; with CRLF a line that ends with LF alone is a fault. */
  readonly newline: '\n' | '\r\n';
  /** The number of the first one, from 1. */
  readonly firstLine: number;
}

export interface RowBlock {
  /** Taken apart when first asked for, which must be before the next block is. */
  readonly rows: readonly InputRow[];
  /** The same rows where they can be had more cheaply, by who knows what is wanted of them. */
  readonly plain?: PlainLines;
  /** Faults of the whole file. Nothing follows them. */
  readonly faults: readonly Fault[];
  readonly bytesRead: number;
}

export interface Table {
  readonly format: 'csv' | 'ndjson';
  /** Of a CSV, known from its first block on. */
  readonly delimiter: string | undefined;
  /** Column names by column number. NDJSON adds to it while it is read. */
  readonly columns: readonly string[];
  /** How many of them the header row, or the first readable object, named. */
  firstColumns(): number;
  readonly blocks: AsyncIterable<RowBlock>;
}

export const NO_FAULTS: readonly Fault[] = [];

/** More columns than this are a mistake (or an NDJSON whose keys are data). */
export const COLUMNS_MAX = 10_000;
