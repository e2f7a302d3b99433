/** Proves the sort behind key order against the machine's own. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyOrder } from '../../../../src/server/jobs/key-order.ts';

function expected(keys: Uint32Array): number[] {
  return Array.from(keys.keys()).toSorted((a, b) => keys[a]! - keys[b]! || a - b);
}

describe('keyOrder', () => {
  test('our-duplicate-ids: sorts any number of keys stably', () => {
    const key = fc.oneof(
      fc.nat(3),
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.constantFrom(0x7ff, 0x800, 0x3fffff, 0x400000),
    );
    fc.assert(
      fc.property(fc.array(key, { maxLength: 600, size: 'max' }), (numbers) => {
        const keys = Uint32Array.from(numbers);
        expect(Array.from(keyOrder(keys))).toEqual(expected(keys));
      }),
      { numRuns: 200 },
    );
  });

  test.each([0, 1, 127, 128, 129])('sorts %i keys, on both sides of the bound', (count) => {
    const keys = Uint32Array.from({ length: count }, (_, index) => Math.imul(index, 2654435761) >>> 0);
    expect(Array.from(keyOrder(keys))).toEqual(expected(keys));
  });
});
