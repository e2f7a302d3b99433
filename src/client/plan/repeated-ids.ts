/** How many visitors there are, and which rows come back to one: by a number of 53 bits each, put in order at the end. */
import type { WarningPlace } from './input-warning.ts';

/** A table that finds a repeat at once costs ten times as much: every look-up misses the processor's cache. */
export class RepeatedIds {
  #keys = new Float64Array(1 << 14);
  #lines = new Uint32Array(1 << 14);
  /** Which file begins with which row. */
  readonly #files: { readonly from: number; readonly file: string | undefined }[] = [];
  #count = 0;

  /** `key` is the visitor's (`rowKey`). */
  add(key: number, line: number, file: string | undefined): void {
    if (this.#files.length === 0 || this.#files.at(-1)!.file !== file) this.#files.push({ from: this.#count, file });
    if (this.#count < ROWS_MAX) {
      if (this.#count === this.#keys.length) {
        this.#keys = new Float64Array(this.#keys.buffer.transfer(2 * this.#keys.byteLength));
        this.#lines = new Uint32Array(this.#lines.buffer.transfer(2 * this.#lines.byteLength));
      }
      this.#keys[this.#count] = key;
      this.#lines[this.#count] = line;
    }
    this.#count += 1;
  }

  /** Of a row, counted from 0; undefined beyond those that are kept. */
  placeOf(row: number): WarningPlace | undefined {
    if (row >= ROWS_MAX) return undefined;
    const file = this.#files.findLast(({ from }) => from <= row)?.file;
    return { ...(file !== undefined && { file }), line: this.#lines[row]! };
  }

  /**
   * `distinct` visitors, undefined for more rows than are kept; rows `repeated`, of a visitor that an earlier row had; and the
   * `first` of them, at most `firstMax`.
   */
  find(firstMax: number) {
    const keys = this.#keys.subarray(0, Math.min(this.#count, ROWS_MAX));
    const { rows, ends } = grouped(keys);
    let first: number[] = [];
    let repeated = 0;
    for (let group = 0, start = 0; group < GROUPS; start = ends[group]!, group += 1) {
      // The first row of each visitor moves to the front of its group.
      let different = start;
      for (let at = start; at < ends[group]!; at += 1) {
        const row = rows[at]!;
        const key = keys[row]!;
        let known = start;
        while (known < different && keys[rows[known]!] !== key) known += 1;
        if (known === different) {
          rows[different++] = row;
          continue;
        }
        repeated += 1;
        if (first.length < firstMax || row < first.at(-1)!)
          first = [...first, row].toSorted((one, other) => one - other).slice(0, firstMax);
      }
    }
    return {
      distinct: this.#count > ROWS_MAX ? undefined : keys.length - repeated,
      repeated,
      first: first.map((row) => this.placeOf(row)!),
    };
  }
}

/** Rows by the lowest bits of their keys, in their order: so few together that nothing need be sorted or looked up. */
function grouped(keys: Float64Array): { readonly rows: Uint32Array; readonly ends: Uint32Array } {
  const ends = new Uint32Array(GROUPS);
  for (let row = 0; row < keys.length; row += 1) ends[(keys[row]! + 1) & (GROUPS - 1)]! += 1;
  // Where each group begins, until its rows are dealt out.
  ends[0] = 0;
  for (let group = 1; group < GROUPS; group += 1) ends[group]! += ends[group - 1]!;
  const rows = new Uint32Array(keys.length);
  for (let row = 0; row < keys.length; row += 1) rows[ends[keys[row]! & (GROUPS - 1)]!++] = row;
  return { rows, ends };
}

const GROUPS = 1 << 16;

/** 24 MiB, and 8 more while they are counted. */
export const ROWS_MAX = 1 << 21;
