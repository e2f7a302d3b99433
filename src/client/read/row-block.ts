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

export interface RowBlock {
  readonly rows: readonly InputRow[];
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
