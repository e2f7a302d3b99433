import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RepeatedIds } from '../../../../src/client/plan/repeated-ids.ts';
import { rowKey } from '../../../../src/client/plan/row-key.ts';
import { encodeCell } from '../../../../src/protocol/batch-file/write-batch-file.ts';

const keyOf = (id: string) => rowKey(Buffer.from(`${encodeCell(id)}\n`), 0, 'thirdPartyId');

describe('repeated ids', () => {
  it('are counted and found as a set would, with line and file', () => {
    const id = fc.oneof(fc.constantFrom('a', 'b', 'c', ''), fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(id, { maxLength: 60 }), fc.nat(60), (ids, secondFrom) => {
        const repeats = new RepeatedIds();
        const seen = new Set<string>();
        const places: object[] = [];
        for (const [index, one] of ids.entries()) {
          const file = index < secondFrom ? 'first' : 'second';
          repeats.add(keyOf(one), index + 2, file);
          if (seen.has(one)) places.push({ file, line: index + 2 });
          seen.add(one);
        }
        expect(repeats.find(5)).toEqual({ distinct: seen.size, repeated: places.length, first: places.slice(0, 5) });
      }),
    );
  });

  it('tell 300,000 ids apart that differ little, and find the one that comes back', () => {
    const repeats = new RepeatedIds();
    for (let row = 0; row < 300_000; row += 1) repeats.add(keyOf(`customer-${row}`), row, undefined);
    repeats.add(keyOf('customer-77'), 300_000, undefined);
    expect(repeats.find(5)).toEqual({ distinct: 300_000, repeated: 1, first: [{ line: 300_000 }] });
  });

  it('beyond two million rows nobody knows how many there are, and what was found is told', () => {
    const repeats = new RepeatedIds();
    for (let row = 0; row <= 1 << 21; row += 1) repeats.add(keyOf(String(row)), row, undefined);
    repeats.add(keyOf('1'), 9, undefined);
    expect(repeats.find(5)).toEqual({ distinct: undefined, repeated: 0, first: [] });
  });
});
