import { describe, expect, it } from 'vitest';
import { countShared, idHashes, merged, type Rows } from '../../../../src/client/jobs/visitor-ids.ts';
import type { VisitorIdKind } from '../../../../src/protocol/vocabulary/index.ts';
import { chunksOf } from '../support.ts';

const KEY = Buffer.alloc(32, 7);

/** Rows of these ids, a body for each list, cut into small chunks. */
function rowsOf(idKind: VisitorIdKind, key: Buffer, ...lists: readonly (readonly string[])[]): Rows {
  const bodies = lists.map((ids) => {
    const text = `batch=${idKind},a\n${ids.map((id) => `${id},x\n`).join('')}`;
    return { bytes: text.length, open: () => chunksOf(text, 7) };
  });
  return { idKind, bodies, count: lists.flat().length, key };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `crm-${from + index}`);

describe('hashes of ids', () => {
  it('say how many ids two uploads share, however often each id comes', async () => {
    const some = rowsOf('thirdPartyId', KEY, [...range(0, 3_000), ...range(0, 500)]);
    const others = await idHashes(rowsOf('thirdPartyId', KEY, range(2_000, 4_000), range(5_000, 6_000)));
    expect(await idHashes(some)).toHaveLength(3_000);
    expect(others).toHaveLength(3_000);
    expect(await countShared(some, others)).toBe(1_000);
    expect(await countShared(some, new Float64Array())).toBe(0);
  });

  it('are put together, each once', async () => {
    const some = await idHashes(rowsOf('thirdPartyId', KEY, range(0, 20)));
    const others = await idHashes(rowsOf('thirdPartyId', KEY, range(10, 30)));
    expect(merged(some, others)).toEqual(await idHashes(rowsOf('thirdPartyId', KEY, range(0, 30))));
    expect(merged(some, new Float64Array())).toEqual(some);
    expect(merged(new Float64Array(), some)).toEqual(some);
  });

  it('are the same however an id is spelled: with blanks, encoded, with a location hint', async () => {
    const of = (kind: VisitorIdKind, ...ids: string[]) => idHashes(rowsOf(kind, KEY, ids));
    const bare = await of('thirdPartyId', 'C-1');
    expect(await of('thirdPartyId', 'C%2D1', ' C-1', 'C-1 ')).toEqual(bare);
    expect(await of('thirdPartyId', 'ü-1')).toEqual(await of('thirdPartyId', '%C3%BC-1'));
    expect(await of('pcId', '1-2.28_0')).toEqual(await of('pcId', '1-2'));
    expect(await of('thirdPartyId', '1-2.28_0')).not.toEqual(await of('thirdPartyId', '1-2'));
  });

  it('differ by kind of id and by key, so that nobody without the key finds an id by trying', async () => {
    const of = async (kind: VisitorIdKind, key: Buffer) => (await idHashes(rowsOf(kind, key, ['A1'])))[0];
    const numbers = [of('pcId', KEY), of('thirdPartyId', KEY), of('thirdPartyId', Buffer.alloc(32, 8))];
    expect(new Set(await Promise.all(numbers)).size).toBe(3);
    expect(await of('pcId', KEY)).toBe(await of('pcId', KEY));
  });
});
