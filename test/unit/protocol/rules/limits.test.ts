/** Limits, each at, under and over its bound. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BACKLOG_MAX,
  lim64kEvict,
  limCallsMin,
  limFileSize,
  limRows,
  limValue256,
  ourQueueBound,
  ourRateWindow,
} from '../../../../src/protocol/rules/limits.ts';

test('lim-file-size, our-size-boundary: noted from 50,000,000 bytes, refused from 52,428,800', () => {
  expect(limFileSize.decide(0, '50-mib')).toBe('accept');
  expect(limFileSize.decide(49_999_999, '50-mib')).toBe('accept');
  expect(limFileSize.decide(50_000_000, '50-mib')).toBe('warn');
  expect(limFileSize.decide(52_428_799, '50-mib')).toBe('warn');
  expect(limFileSize.decide(52_428_800, '50-mib')).toMatchObject({ rule: 'lim-file-size' });
  expect(limFileSize.decide(52_428_801, '50-mib')).toMatchObject({ rule: 'lim-file-size' });
});

test('our-size-boundary: by setting 50,000,000 bytes are too much, and one less is not', () => {
  expect(limFileSize.decide(49_999_999, '50-mb')).toBe('accept');
  expect(limFileSize.decide(50_000_000, '50-mb')).toMatchObject({ rule: 'lim-file-size' });
});

test('lim-rows: 500,000 data rows and no more', () => {
  expect(limRows.decide(499_999)).toBeUndefined();
  expect(limRows.decide(500_000)).toBeUndefined();
  expect(limRows.decide(500_001)).toMatchObject({ rule: 'lim-rows', where: { row: 500_001 } });
});

test('lim-value-256: 256 characters without a note', () => {
  expect(limValue256.decide('x'.repeat(255))).toBe(false);
  expect(limValue256.decide('😀'.repeat(256))).toBe(false);
  expect(limValue256.decide('x'.repeat(257))).toBe(true);
});

const entry = (bytes: number, modifiedAt: number) => ({ bytes, modifiedAt });

describe('the 64 KB budget', () => {
  test('lim-64k-evict, lim-profile-64k: 65,536 bytes fit, one more costs the oldest', () => {
    expect(lim64kEvict.decide([entry(65_535, 1)])).toEqual([]);
    expect(lim64kEvict.decide([entry(65_000, 2), entry(536, 1)])).toEqual([]);
    expect(lim64kEvict.decide([entry(65_000, 2), entry(537, 1)])).toEqual([1]);
  });

  test('our-eviction-order: oldest first, of equally old the one written earlier, and no more than needed', () => {
    expect(lim64kEvict.decide([entry(30_000, 5), entry(30_000, 5), entry(30_000, 5)])).toEqual([0]);
    expect(lim64kEvict.decide([entry(30_000, 5), entry(100, 1), entry(30_000, 3), entry(30_000, 4)])).toEqual([1, 2]);
  });

  test('lim-64k-evict: an attribute too large for any profile goes too', () => {
    expect(lim64kEvict.decide([entry(70_000, 1)])).toEqual([0]);
    expect(lim64kEvict.decide([])).toEqual([]);
  });

  test('lim-64k-evict: what stays fits, and with the last evicted one it would not', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ bytes: fc.nat(40_000), modifiedAt: fc.nat(5) })), (entries) => {
        const evicted = lim64kEvict.decide(entries);
        const total = entries.reduce((sum, { bytes }, index) => sum + (evicted.includes(index) ? 0 : bytes), 0);
        expect(total).toBeLessThanOrEqual(65_536);
        const last = evicted.at(-1);
        const before = last === undefined ? Infinity : total + entries[last]!.bytes;
        expect(before).toBeGreaterThan(65_536);
      }),
    );
  });
});

describe('calls a minute', () => {
  test('lim-calls-min: what falls under the limit is a setting', () => {
    const calls = ['submission', 'status'] as const;
    expect(calls.map((call) => limCallsMin.decide('off', call))).toEqual([false, false]);
    expect(calls.map((call) => limCallsMin.decide('submissions', call))).toEqual([true, false]);
    expect(calls.map((call) => limCallsMin.decide('submissions-and-status', call))).toEqual([true, true]);
  });

  test('our-rate-window: the 50th call within a minute is let through, the 51st is not', () => {
    expect(ourRateWindow.decide([], 0)).toBe(true);
    expect(ourRateWindow.decide(Array(49).fill(1000), 1000)).toBe(true);
    expect(ourRateWindow.decide(Array(50).fill(1000), 1000)).toBe(false);
  });

  test('our-rate-window: the window slides, a call 60 seconds old is out of it', () => {
    const calls = Array.from({ length: 50 }, (_, index) => index * 100);
    expect(ourRateWindow.decide(calls, 59_999)).toBe(false);
    expect(ourRateWindow.decide(calls, 60_000)).toBe(true);
  });
});

test('our-queue-bound: refused at either bound, not below', () => {
  expect(ourQueueBound.decide({ batches: 0, bytes: 0 }, BACKLOG_MAX)).toBeUndefined();
  expect(
    ourQueueBound.decide({ batches: BACKLOG_MAX.batches - 1, bytes: BACKLOG_MAX.bytes - 1 }, BACKLOG_MAX),
  ).toBeUndefined();
  expect(ourQueueBound.decide({ batches: BACKLOG_MAX.batches, bytes: 0 }, BACKLOG_MAX)).toMatchObject({
    rule: 'our-queue-bound',
  });
  expect(ourQueueBound.decide({ batches: 1, bytes: BACKLOG_MAX.bytes }, BACKLOG_MAX)).toMatchObject({
    rule: 'our-queue-bound',
  });
  expect(ourQueueBound.decide({ batches: 2, bytes: 5 }, { batches: 2, bytes: 10 })).toBeDefined();
});
