/** Splits rows into parts by the hash of their visitor: each visitor in one part, and memory does not grow with the input. */
import type { VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { type InputProblem, problemOf } from '../read/input-problem.ts';
import type { RepeatedIds } from './repeated-ids.ts';
import { rowKey } from './row-key.ts';
import type { PlannedPart } from './upload-plan.ts';

export interface SplitLimits {
  readonly partBytesMax: number;
  readonly partRowsMax: number;
  /** `batch=` and header row with its line feed: every part begins with them. */
  readonly headerBytes: number;
}

interface Load {
  rows: number;
  /** Line feeds included. */
  bytes: number;
  emptyRows: number;
}

/** What is counted while rows are judged. */
export class BucketCounts {
  readonly rows = new Uint32Array(BUCKETS);
  readonly bytes = new Float64Array(BUCKETS);
  readonly emptyRows = new Uint32Array(BUCKETS);
  readonly total: Load = { rows: 0, bytes: 0, emptyRows: 0 };

  /** `key` is the visitor's (`rowKey`). */
  add(key: number, bytes: number, isEmpty: boolean): void {
    const bucket = bucketOf(key);
    this.rows[bucket]! += 1;
    this.bytes[bucket]! += bytes;
    if (isEmpty) this.emptyRows[bucket]! += 1;
    addTo(this.total, bytes, isEmpty);
  }

  /** Buckets that fit into no part: their visitors must be counted one by one. Empty if all fits into one part. */
  tooLarge(limits: SplitLimits): ReadonlySet<number> {
    const large = new Set<number>();
    if (fits(this.total, limits)) return large;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      if (!fits({ rows: this.rows[bucket]!, bytes: this.bytes[bucket]! }, limits)) large.add(bucket);
    }
    return large;
  }
}

/** By bucket, then by key: the load of each visitor, and the place of its first row among all. */
export type VisitorCounts = ReadonlyMap<number, Map<number, Load & { readonly firstRow: number }>>;

/** Counts visitors one by one in the few buckets that are too large: `rows` are whole ones, encoded. */
export async function countVisitors(
  rows: AsyncIterable<Buffer>,
  buckets: ReadonlySet<number>,
  idKind: VisitorIdKind,
): Promise<VisitorCounts> {
  const counts = new Map(
    [...buckets].map((bucket) => [bucket, new Map<number, Load & { readonly firstRow: number }>()]),
  );
  let row = 0;
  for await (const block of rows) {
    for (let start = 0, end = 0; start < block.length; start = end, row += 1) {
      end = block.indexOf(LINE_FEED, start) + 1;
      const key = rowKey(block, start, idKind);
      const visitors = counts.get(bucketOf(key));
      if (visitors === undefined) continue;
      let load = visitors.get(key);
      if (load === undefined) visitors.set(key, (load = { rows: 0, bytes: 0, emptyRows: 0, firstRow: row }));
      addTo(load, end - start, /^[^,]*,*$/.test(block.toString('latin1', start, end - 1)));
    }
  }
  return counts;
}

const LINE_FEED = 0x0a;

export interface Split {
  readonly parts: readonly PlannedPart[];
  /** The part, from 1, that a visitor's rows belong to, by its key. */
  partOf(key: number): number;
}

export function fits(load: { readonly rows: number; readonly bytes: number }, limits: SplitLimits): boolean {
  return load.rows <= limits.partRowsMax && limits.headerBytes + load.bytes <= limits.partBytesMax;
}

/** Fills part after part, in the order of the buckets: first fit among the last few parts wastes little. */
export function splitParts(
  counts: BucketCounts,
  limits: SplitLimits,
  visitors: VisitorCounts,
  placeOf: RepeatedIds['placeOf'],
): Split | InputProblem {
  if (fits(counts.total, limits)) return { parts: [planned(1, counts.total, limits)], partOf: () => 1 };

  const loads: Load[] = [];
  const partOfBucket = new Uint32Array(BUCKETS);
  const partOfVisitor = new Map<number, number>();
  const place = (load: Load): number => {
    for (let index = Math.max(0, loads.length - OPEN_PARTS); index < loads.length; index += 1) {
      const part = loads[index]!;
      const [rows, bytes] = [part.rows + load.rows, part.bytes + load.bytes];
      if (!fits({ rows, bytes }, limits)) continue;
      loads[index] = { rows, bytes, emptyRows: part.emptyRows + load.emptyRows };
      return index + 1;
    }
    return loads.push(load);
  };

  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    const rows = counts.rows[bucket]!;
    if (rows === 0) continue;
    const inBucket = visitors.get(bucket);
    if (inBucket === undefined) {
      partOfBucket[bucket] = place({ rows, bytes: counts.bytes[bucket]!, emptyRows: counts.emptyRows[bucket]! });
      continue;
    }
    for (const [key, load] of inBucket) {
      if (!fits(load, limits)) return visitorTooLarge(load, placeOf(load.firstRow));
      partOfVisitor.set(key, place(load));
    }
  }
  if (loads.length > PARTS_MAX) {
    const message = `The input makes ${loads.length} parts; at most ${PARTS_MAX} are sent in one upload. Allow larger parts.`;
    return problemOf('too-many-parts', message);
  }
  return {
    parts: loads.map((load, index) => planned(index + 1, load, limits)),
    partOf: (key) => partOfVisitor.get(key) ?? partOfBucket[bucketOf(key)]!,
  };
}

function visitorTooLarge({ rows, bytes }: Load, place: ReturnType<RepeatedIds['placeOf']>): InputProblem {
  const message = `One visitor has ${rows} rows with ${bytes} encoded bytes, more than one part may have; split over several parts they could override each other.`;
  return problemOf('id-too-large', message, place);
}

/** 100 MB in 65,536 buckets is 1.5 KB a bucket: whole buckets fill a part of 49 MB almost to the byte. */
const BUCKETS = 65_536;

/** Beyond it the part size is a mistake: 10,000 parts of 49 MB are half a terabyte. */
export const PARTS_MAX = 10_000;

/** Parts that may still take a small bucket while later ones are being filled. */
const OPEN_PARTS = 8;

/** Its lowest bits. */
const bucketOf = (key: number) => key & (BUCKETS - 1);

function addTo(load: Load, bytes: number, isEmpty: boolean): void {
  load.rows += 1;
  load.bytes += bytes;
  if (isEmpty) load.emptyRows += 1;
}

function planned(part: number, load: Load, { headerBytes }: SplitLimits): PlannedPart {
  return { part, rows: load.rows, bytes: headerBytes + load.bytes, emptyRows: load.emptyRows };
}
