import { describe, expect, it } from 'vitest';
import { countShared, idHashes, knownHashes, merged } from '../../../../src/client/jobs/id-hashes.ts';
import type { VisitorIdKind } from '../../../../src/protocol/vocabulary/index.ts';
import { chunksOf } from '../support.ts';

const KEY = Buffer.alloc(32, 7);

/** A body of these ids, cut into small chunks; `opened` counts. */
function bodyOf(ids: readonly string[]) {
  const text = `batch=thirdPartyId,a\n${ids.map((id) => `${id},x\n`).join('')}`;
  const body = { bytes: text.length, opened: 0, open: () => ((body.opened += 1), chunksOf(text, 7)) };
  return body;
}

describe('hashes of ids', () => {
  it('say how many ids two uploads share, however often each id comes', async () => {
    const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `crm-${from + index}`);
    const some = await idHashes([bodyOf([...range(0, 3_000), ...range(0, 500)])], 'thirdPartyId', KEY);
    const others = await idHashes([bodyOf(range(2_000, 4_000)), bodyOf(range(5_000, 6_000))], 'thirdPartyId', KEY);
    expect(some).toHaveLength(3_000);
    expect(countShared(some, others)).toBe(1_000);
    expect(merged(some, others)).toHaveLength(5_000);
  });

  it('are the same however an id is spelled: with blanks, encoded, with a location hint', async () => {
    const of = (kind: VisitorIdKind, ...ids: string[]) => idHashes([bodyOf(ids)], kind, KEY);
    const bare = await of('thirdPartyId', 'C-1');
    expect(await of('thirdPartyId', 'C%2D1', ' C-1', 'C-1 ')).toEqual(bare);
    expect(await of('thirdPartyId', 'ü-1')).toEqual(await of('thirdPartyId', '%C3%BC-1'));
    expect(await of('pcId', '1-2.28_0')).toEqual(await of('pcId', '1-2'));
    expect(await of('thirdPartyId', '1-2.28_0')).not.toEqual(await of('thirdPartyId', '1-2'));
  });

  it('differ by kind of id and by key, so that nobody without the key finds an id by trying', async () => {
    const of = async (kind: VisitorIdKind, key: Buffer) => (await idHashes([bodyOf(['A1'])], kind, key))[0];
    const numbers = [of('pcId', KEY), of('thirdPartyId', KEY), of('thirdPartyId', Buffer.alloc(32, 8))];
    expect(new Set(await Promise.all(numbers)).size).toBe(3);
    expect(await of('pcId', KEY)).toBe(await of('pcId', KEY));
  });

  it('are made once while the same parts of a job are looked at again, and anew for others', async () => {
    const bodies = [bodyOf(['A1']), bodyOf(['B2'])];
    const known = knownHashes();
    const job = { id: 'job', idKind: 'thirdPartyId' as const, body: (part: number) => bodies[part - 1]! };
    const ask = (...parts: number[]) =>
      known(
        job,
        parts.map((part) => ({ part })),
        KEY,
      );
    const first = await ask(1, 2);
    expect(await ask(1, 2)).toBe(first);
    expect(bodies.map(({ opened }) => opened)).toEqual([1, 1]);
    expect(await ask(2)).toHaveLength(1);
    expect(bodies.map(({ opened }) => opened)).toEqual([1, 2]);
  });
});
