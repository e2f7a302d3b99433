/** Splits rows into parts by the hash of their visitor: each visitor in one part, and memory does not grow with the input. */
import { identityKey } from './identity-key.ts';
import type { InputProblem } from '../read/input-problem.ts';
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

/** What the first reading counts. */
export class BucketCounts {
  readonly rows = new Uint32Array(BUCKETS);
  readonly bytes = new Float64Array(BUCKETS);
  readonly emptyRows = new Uint32Array(BUCKETS);
  readonly total: Load = { rows: 0, bytes: 0, emptyRows: 0 };

  /** `key` is the visitor's `identityKey`. */
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

/** Counts visitors one by one in the few buckets that are too large; a second reading fills it. */
export class VisitorCounts {
  readonly buckets: ReadonlySet<number>;
  readonly byBucket = new Map<number, Map<string, Load & { readonly line: number }>>();

  constructor(buckets: ReadonlySet<number>) {
    this.buckets = buckets;
  }

  add(identity: string, bytes: number, isEmpty: boolean, line: number): void {
    const bucket = bucketOf(identityKey(identity));
    if (!this.buckets.has(bucket)) return;
    let visitors = this.byBucket.get(bucket);
    if (visitors === undefined) this.byBucket.set(bucket, (visitors = new Map()));
    let load = visitors.get(identity);
    if (load === undefined) visitors.set(identity, (load = { rows: 0, bytes: 0, emptyRows: 0, line }));
    addTo(load, bytes, isEmpty);
  }
}

export interface Split {
  readonly parts: readonly PlannedPart[];
  /** The part, from 1, that a visitor's rows belong to. */
  partOf(identity: string): number;
}

export function fits(load: { readonly rows: number; readonly bytes: number }, limits: SplitLimits): boolean {
  return load.rows <= limits.partRowsMax && limits.headerBytes + load.bytes <= limits.partBytesMax;
}

/** Fills part after part, in the order of the buckets: first fit among the last few parts wastes little. */
export function splitParts(
  counts: BucketCounts,
  limits: SplitLimits,
  visitors: VisitorCounts = new VisitorCounts(new Set()),
): Split | InputProblem {
  if (fits(counts.total, limits)) return { parts: [planned(1, counts.total, limits)], partOf: () => 1 };

  const loads: Load[] = [];
  const partOfBucket = new Uint32Array(BUCKETS);
  const partOfVisitor = new Map<string, number>();
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
    const inBucket = visitors.byBucket.get(bucket);
    if (inBucket === undefined) {
      partOfBucket[bucket] = place({ rows, bytes: counts.bytes[bucket]!, emptyRows: counts.emptyRows[bucket]! });
      continue;
    }
    for (const [identity, load] of inBucket) {
      if (!fits(load, limits)) return visitorTooLarge(load);
      partOfVisitor.set(identity, place(load));
    }
  }
  return {
    parts: loads.map((load, index) => planned(index + 1, load, limits)),
    partOf: (identity) => partOfVisitor.get(identity) ?? partOfBucket[bucketOf(identityKey(identity))]!,
  };
}

function visitorTooLarge({ rows, bytes, line }: Load & { readonly line: number }): InputProblem {
  const message = `One visitor has ${rows} rows with ${bytes} encoded bytes, more than one part may have; split over several parts they could override each other.`;
  return { code: 'id-too-large', line, rule: 'v2-override-caveat', message, wholeFile: true };
}

/** 100 MB in 65,536 buckets is 1.5 KB a bucket: whole buckets fill a part of 49 MB almost to the byte. */
const BUCKETS = 65_536;

/** Parts that may still take a small bucket while later ones are being filled. */
const OPEN_PARTS = 8;

const bucketOf = (key: number) => key % BUCKETS;

function addTo(load: Load, bytes: number, isEmpty: boolean): void {
  load.rows += 1;
  load.bytes += bytes;
  if (isEmpty) load.emptyRows += 1;
}

function planned(part: number, load: Load, { headerBytes }: SplitLimits): PlannedPart {
  return { part, rows: load.rows, bytes: headerBytes + load.bytes, emptyRows: load.emptyRows };
}
