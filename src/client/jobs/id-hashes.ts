/** The ids of encoded rows as keyed hashes: enough to see that two uploads meet, and no personal data to keep. */
import { createHmac } from 'node:crypto';
import { type PartBody, rowsOf } from '../plan/part-bodies.ts';

/** Of every row of the bodies, sorted, each once. */
export async function idHashes(bodies: Iterable<PartBody>, idKind: string, key: Uint8Array): Promise<Float64Array> {
  let hashes = new Float64Array(1024);
  let count = 0;
  for (const body of bodies) {
    for await (const line of rowsOf(body)) {
      if (count === hashes.length) {
        const longer = new Float64Array(2 * count);
        longer.set(hashes);
        hashes = longer;
      }
      hashes[count] = hashOf(`${idKind}:${line.split(',', 1)[0]}`, key);
      count += 1;
    }
  }
  return distinct(hashes.subarray(0, count).toSorted());
}

/** Of two sorted ones. */
export function countShared(some: Float64Array, others: Float64Array): number {
  let [left, right, shared] = [0, 0, 0];
  while (left < some.length && right < others.length) {
    const difference = some[left]! - others[right]!;
    if (difference === 0) shared += 1;
    if (difference <= 0) left += 1;
    if (difference >= 0) right += 1;
  }
  return shared;
}

export function merged(some: Float64Array, others: Float64Array): Float64Array {
  const both = new Float64Array(some.length + others.length);
  both.set(some);
  both.set(others, some.length);
  return distinct(both.toSorted());
}

function distinct(sorted: Float64Array): Float64Array {
  return sorted.filter((hash, index) => index === 0 || hash !== sorted[index - 1]);
}

/** 52 bits of HMAC-SHA256, which a double holds exactly. */
function hashOf(text: string, key: Uint8Array): number {
  const digest = createHmac('sha256', key).update(text).digest();
  return digest.readUIntBE(0, 6) * 16 + (digest[6]! >> 4);
}
