/** Splits rows into parts by the hash of their visitor: each visitor in one part, and memory does not grow with the input. */
import type { VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { type InputProblem, problemOf } from '../read/input-problem.ts';
import type { CompleteOptions } from '../upload-options.ts';
import type { RepeatedIds } from './repeated-ids.ts';
import { rowKey } from './row-key.ts';
import type { PlannedPart } from './upload-plan.ts';

/** Every part begins with the header row: `headerBytes`, its line feed included. */
type SplitLimits = Pick<CompleteOptions, 'partBytesMax' | 'partRowsMax'> & { readonly headerBytes: number };

/** `bytes` with line feeds. */
type Load = Record<'rows' | 'bytes' | 'emptyRows', number>;

const noLoad = (): Load => ({ rows: 0, bytes: 0, emptyRows: 0 });

/** What is counted while rows are judged: hardly any two in turn are of one bucket, so that all must fit into the processor's cache. */
export class BucketLoads {
  readonly total = noLoad();
  /** Rows and bytes of each bucket, side by side. */
  readonly #sizes = new Uint32Array(2 * BUCKETS);
  readonly #emptyRows = new Uint32Array(BUCKETS);

  /** `key` is the visitor's (`rowKey`). */
  add(key: number, bytes: number, isEmpty: boolean): void {
    const bucket = bucketOf(key);
    this.#sizes[2 * bucket]! += 1;
    // A bucket of 4 GB fits into no part, however much more it is.
    this.#sizes[2 * bucket + 1] = Math.min(this.#sizes[2 * bucket + 1]! + bytes, 0xffff_ffff);
    if (isEmpty) this.#emptyRows[bucket]! += 1;
    addTo(this.total, bytes, isEmpty);
  }

  of(bucket: number): Load {
    const sizes = this.#sizes;
    return { rows: sizes[2 * bucket]!, bytes: sizes[2 * bucket + 1]!, emptyRows: this.#emptyRows[bucket]! };
  }
}

export interface Split {
  readonly parts: readonly PlannedPart[];
  /** The part, from 1, that a visitor's rows belong to, by its key. */
  partOf(key: number): number;
}

/**
 * Fills part after part, in the order of the buckets: first fit among the last few parts wastes little. `rowsAgain`, whole
 * and encoded, are read only for buckets that fit into no part, whose visitors must be counted one by one.
 */
export async function splitParts(
  counted: BucketLoads,
  limits: SplitLimits,
  rowsAgain: AsyncIterable<Buffer>,
  idKind: VisitorIdKind,
  placeOf: RepeatedIds['placeOf'],
): Promise<Split | InputProblem> {
  const { headerBytes, partRowsMax, partBytesMax } = limits;
  const fits = ({ rows, bytes }: Load) => rows <= partRowsMax && headerBytes + bytes <= partBytesMax;
  const planned = ({ rows, bytes, emptyRows }: Load, index: number): PlannedPart => {
    return { part: index + 1, rows, bytes: headerBytes + bytes, emptyRows };
  };
  if (fits(counted.total)) return { parts: [planned(counted.total, 0)], partOf: () => 1 };

  const loads: Load[] = [];
  const place = (load: Load): number => {
    for (let index = Math.max(0, loads.length - OPEN_PARTS); index < loads.length; index += 1) {
      const part = loads[index]!;
      const both = {
        rows: part.rows + load.rows,
        bytes: part.bytes + load.bytes,
        emptyRows: part.emptyRows + load.emptyRows,
      };
      if (!fits(both)) continue;
      loads[index] = both;
      return index + 1;
    }
    return loads.push(load);
  };

  const large = new Set<number>();
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) if (!fits(counted.of(bucket))) large.add(bucket);
  const partOfVisitor = new Map<number, number>();
  for (const [key, load] of await visitorLoads(rowsAgain, large, idKind)) {
    if (!fits(load)) {
      const message = `One visitor has ${load.rows} rows with ${load.bytes} encoded bytes, more than one part may have; split over several parts they could override each other.`;
      return problemOf('id-too-large', message, placeOf(load.firstRow));
    }
    partOfVisitor.set(key, place(load));
  }
  const partOfBucket = Uint32Array.from({ length: BUCKETS }, (_, bucket) => {
    const load = counted.of(bucket);
    return load.rows === 0 || large.has(bucket) ? 0 : place(load);
  });
  if (loads.length > PARTS_MAX) {
    const message = `The input makes ${loads.length} parts; at most ${PARTS_MAX} are sent in one upload. Allow larger parts.`;
    return problemOf('too-many-parts', message);
  }
  return { parts: loads.map(planned), partOf: (key) => partOfVisitor.get(key) ?? partOfBucket[bucketOf(key)]! };
}

/** `firstRow` is the place of its first row among all. */
type VisitorLoad = Load & { readonly firstRow: number };

async function visitorLoads(rows: AsyncIterable<Buffer>, buckets: ReadonlySet<number>, idKind: VisitorIdKind) {
  const loads = new Map<number, VisitorLoad>();
  if (buckets.size === 0) return loads;
  let row = 0;
  for await (const block of rows) {
    for (let start = 0, end = 0; start < block.length; start = end, row += 1) {
      end = block.indexOf(LINE_FEED, start) + 1;
      const key = rowKey(block, start, idKind);
      if (!buckets.has(bucketOf(key))) continue;
      let load = loads.get(key);
      if (load === undefined) loads.set(key, (load = { ...noLoad(), firstRow: row }));
      addTo(load, end - start, /^[^,]*,*$/.test(block.toString('latin1', start, end - 1)));
    }
  }
  return loads;
}

const LINE_FEED = 0x0a;

/** 100 MB in 65,536 buckets is 1.5 KB a bucket: whole buckets fill a part of 49 MB almost to the byte. */
const BUCKETS = 65_536;

/** Beyond it the part size is a mistake: 10,000 parts of 49 MB are half a terabyte. */
export const PARTS_MAX = 10_000;

/** Parts that may still take a small bucket while later ones are being filled. */
const OPEN_PARTS = 8;

const bucketOf = (key: number) => key & (BUCKETS - 1);

function addTo(load: Load, bytes: number, isEmpty: boolean): void {
  load.rows += 1;
  load.bytes += bytes;
  if (isEmpty) load.emptyRows += 1;
}
