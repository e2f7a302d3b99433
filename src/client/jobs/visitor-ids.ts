/** The ids of encoded rows as keyed hashes: enough to see that two uploads meet, and no personal data to keep. */
import { hash as sha } from 'node:crypto';
import type { VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import type { PartBody } from '../plan/part-bodies.ts';
import { rowKey } from '../plan/row-key.ts';
import { lineBlocks } from '../spool/held-bytes.ts';

/** Rows that can be read again, and what their ids are hashed with. */
export interface Rows {
  readonly idKind: VisitorIdKind;
  readonly bodies: readonly PartBody[];
  readonly count: number;
  readonly key: Buffer;
}

/** Of every row, sorted, each once. */
export async function idHashes(rows: Rows): Promise<Float64Array> {
  const hashes = new Float64Array(rows.count);
  let count = 0;
  await eachHash(rows, (hash) => (hashes[count++] = hash));
  return sortedOnce(hashes.subarray(0, count));
}

/** How many ids of these rows are among those known. Of the rows themselves nothing is held. */
export async function countShared(rows: Rows, known: Float64Array): Promise<number> {
  const isShared = new Uint8Array(known.length);
  if (known.length > 0)
    await eachHash(rows, (hash) => {
      const place = placeIn(known, hash);
      if (known[place] === hash) isShared[place] = 1;
    });
  return isShared.reduce((sum, each) => sum + each, 0);
}

export function merged(some: Float64Array, others: Float64Array): Float64Array {
  if (some.length === 0 || others.length === 0) return some.length === 0 ? others : some;
  const both = new Float64Array(some.length + others.length);
  both.set(some);
  both.set(others, some.length);
  return sortedOnce(both);
}

/** However the id is spelled. 52 bits of SHA-256, which a double holds exactly; the key stands first: nobody goes on from so few bits. */
async function eachHash({ idKind, bodies, key }: Rows, use: (hash: number) => void): Promise<void> {
  const prefix = `${key.toString('latin1')}${idKind}:`;
  for (const { open } of bodies) {
    let isHeader = true;
    for await (const block of lineBlocks(open())) {
      for (let start = 0; start < block.length; start = block.indexOf('\n', start) + 1) {
        if (!isHeader)
          use(Number.parseInt(sha('sha256', prefix + String(rowKey(block, start, idKind))).slice(0, 13), 16));
        isHeader = false;
      }
    }
  }
}

/** In place: there may be millions. */
function sortedOnce(numbers: Float64Array): Float64Array {
  // oxlint-disable-next-line no-array-sort -- a copy of millions is what is spared
  const sorted = numbers.sort();
  let count = 0;
  for (const each of sorted) if (count === 0 || each !== sorted[count - 1]) sorted[count++] = each;
  return sorted.subarray(0, count);
}

/** Of the first that is not less. */
function placeIn(sorted: Float64Array, each: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < each) low = middle + 1;
    else high = middle;
  }
  return low;
}
