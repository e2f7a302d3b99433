/** How many visitors there are, and which rows come back to one: by a number of 53 bits each, put in order at the end. */
import type { WarningPlace } from './input-warning.ts';

export interface Repeats {
  /** Different visitors; undefined for more rows than are kept. */
  readonly distinct: number | undefined;
  /** Rows of a visitor that an earlier row had. */
  readonly repeated: number;
  /** The first of them. */
  readonly first: readonly WarningPlace[];
}

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
      if (this.#count === this.#keys.length) this.#grow();
      this.#keys[this.#count] = key;
      this.#lines[this.#count] = line;
    }
    this.#count += 1;
  }

  #grow(): void {
    const [keys, lines] = [this.#keys, this.#lines];
    this.#keys = new Float64Array(2 * keys.length);
    this.#keys.set(keys);
    this.#lines = new Uint32Array(2 * lines.length);
    this.#lines.set(lines);
  }

  /** Of a row, counted from 0; undefined beyond those that are kept. */
  placeOf(row: number): WarningPlace | undefined {
    if (row >= ROWS_MAX) return undefined;
    const file = this.#files.findLast(({ from }) => from <= row)?.file;
    return { ...(file !== undefined && { file }), line: this.#lines[row]! };
  }

  /** `firstMax` bounds the places. */
  find(firstMax: number): Repeats {
    const keys = this.#keys.subarray(0, Math.min(this.#count, ROWS_MAX));
    const sorted = grouped(keys);
    // The keys that come more than once are moved to the front, each once.
    let repeated = 0;
    let several = 0;
    for (let at = 1; at < sorted.length; at += 1) {
      const key = sorted[at]!;
      if (key !== sorted[at - 1]) continue;
      repeated += 1;
      if (several === 0 || sorted[several - 1] !== key) sorted[several++] = key;
    }
    const first = firstRepeats(keys, sorted.subarray(0, several).toSorted(), firstMax).map((row) => this.placeOf(row)!);
    return { distinct: this.#count > ROWS_MAX ? undefined : keys.length - repeated, repeated, first };
  }
}

/** Equal ones side by side: dealt out by their lowest bits first, so that hardly any are left to be sorted among each other. */
function grouped(keys: Float64Array): Float64Array {
  const ends = new Uint32Array(GROUPS + 1);
  for (const key of keys) ends[(key & (GROUPS - 1)) + 1]! += 1;
  for (let group = 0; group < GROUPS; group += 1) ends[group + 1]! += ends[group]!;
  const dealt = new Float64Array(keys.length);
  for (const key of keys) dealt[ends[key & (GROUPS - 1)]!++] = key;
  for (let group = 0, start = 0; group < GROUPS; group += 1) {
    const end = ends[group]!;
    if (end - start > 1) dealt.subarray(start, end).sort();
    start = end;
  }
  return dealt;
}

const GROUPS = 1 << 16;

function firstRepeats(keys: Float64Array, several: Float64Array, firstMax: number): number[] {
  const seen = new Uint8Array(several.length);
  const first: number[] = [];
  for (let index = 0; index < keys.length && several.length > 0 && first.length < firstMax; index += 1) {
    const place = placeIn(several, keys[index]!);
    if (place === -1) continue;
    if (seen[place] === 1) first.push(index);
    seen[place] = 1;
  }
  return first;
}

function placeIn(sorted: Float64Array, key: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === key ? low : -1;
}

/** 24 MiB, and 16 more while they are sorted. */
export const ROWS_MAX = 1 << 21;
