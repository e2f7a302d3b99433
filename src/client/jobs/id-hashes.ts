/** The ids of encoded rows as keyed hashes: enough to see that two uploads meet, and no personal data to keep. */
import { hash as sha } from 'node:crypto';
import type { VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { linesOf, type PartBodies, type PartBody } from '../plan/part-bodies.ts';
import { rowKey } from '../plan/row-key.ts';

/** Of every row of the bodies, sorted, each once. */
export async function idHashes(bodies: Iterable<PartBody>, idKind: VisitorIdKind, key: Buffer): Promise<Float64Array> {
  const prefix = `${key.toString('latin1')}${idKind}:`;
  let hashes = new Float64Array(1024);
  let count = 0;
  for (const body of bodies) {
    for await (const lines of linesOf(body)) {
      if (count + lines.length > hashes.length) {
        const longer = new Float64Array(2 * (count + lines.length));
        longer.set(hashes);
        hashes = longer;
      }
      // However the id is spelled. Lines are bytes, read as Latin-1.
      for (const line of lines)
        hashes[count++] = hashOf(`${prefix}${rowKey(Buffer.from(`${line}\n`, 'latin1'), 0, idKind)}`);
    }
  }
  return distinct(hashes.subarray(0, count).toSorted());
}

/** The same for parts of a job, made once while somebody looks at them again and again. */
export type KnownHashes = (
  job: { readonly id: string; readonly idKind: VisitorIdKind; readonly body: PartBodies },
  parts: readonly { readonly part: number }[],
  key: Buffer,
) => Promise<Float64Array>;

export function knownHashes(): KnownHashes {
  const known = new Map<string, { readonly which: string; readonly hashes: Float64Array }>();
  return async ({ id, idKind, body }, parts, key) => {
    const which = parts.map(({ part }) => part).join();
    const before = known.get(id);
    if (before?.which === which) return before.hashes;
    const bodies = parts.map(({ part }) => body(part));
    const hashes = await idHashes(bodies, idKind, key);
    known.set(id, { which, hashes });
    return hashes;
  };
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

/** 52 bits of SHA-256, which a double holds exactly. The key stands before the text: nobody can go on from so few bits. */
const hashOf = (text: string) => Number.parseInt(sha('sha256', text).slice(0, 13), 16);
