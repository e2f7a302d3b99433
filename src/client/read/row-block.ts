/** What every format gives: rows as cells under numbered columns, a block at a time. */
import type { InputProblem } from './input-problem.ts';

export interface InputRow {
  /** The row's first line in the input, from 1. */
  readonly line: number;
  /** As it stands in the input. */
  readonly text: string;
  /** By column; missing and undefined cells are empty. */
  readonly cells: readonly (string | undefined)[];
  /** Of a CSV: named columns have no cell in it. */
  readonly isShort?: boolean;
  /** What is wrong with the row as such; its cells may then be anything. */
  readonly problems: readonly InputProblem[];
}

/** Whole lines of a CSV, as bytes of UTF-8: no quote is in them, so that each is a row and each delimiter ends a cell. */
export interface PlainLines {
  readonly bytes: Buffer;
  /** An ASCII character. */
  readonly delimiter: number;
  /** The file's. With LF a line may still end with CRLF; with CRLF a line that ends with LF alone is a problem. */
  readonly newline: Newline;
  /** The number of the first one, from 1. */
  readonly firstLine: number;
}

export type Newline = '\n' | '\r\n';

export interface RowBlock {
  /** Taken apart when first asked for, which must be before the next block is. */
  readonly rows: readonly InputRow[];
  /** The same rows where they can be had more cheaply, by who knows what is wanted of them. */
  readonly plain?: PlainLines;
  /** Problems of the whole file. Nothing follows them. */
  readonly problems: readonly InputProblem[];
}

export interface Table {
  readonly format: 'csv' | 'ndjson' | 'json';
  /** Of a CSV, known from its first block on. */
  readonly delimiter: string | undefined;
  /** Column names by column number. JSON adds to it while it is read. */
  readonly columns: readonly string[];
  /** What stands above the rows, line end included; empty for JSON. */
  readonly header: string;
  /** How many of them the header row, or the first readable object, named. */
  readonly firstColumns: number;
  readonly blocks: AsyncIterable<RowBlock>;
}

export const NO_PROBLEMS: readonly InputProblem[] = [];

/** More columns than this are a mistake (or objects whose keys are data). */
export const COLUMNS_MAX = 10_000;
