/** Proves how notes about a batch are counted and bounded. */
import { describe, expect, test } from 'vitest';
import { DIAGNOSTIC_POSITIONS_MAX } from '../../../../src/protocol/vocabulary/index.ts';
import { diagnosticTallies, sumOfTallies } from '../../../../src/protocol/batch-file/diagnostic-tally.ts';

test('sumOfTallies adds what slices counted, and keeps the positions that come first in the file', () => {
  const slices = [5, 3].map((start) => {
    const notes = diagnosticTallies();
    for (let row = start; row < 300; row += 4) notes.note('enc-two-readings', row, 2);
    if (start === 3) notes.note('lim-file-size');
    return notes.tallies();
  });
  const [sum, size, ...others] = sumOfTallies(slices.flat());
  expect(sum).toMatchObject({ rule: 'enc-two-readings', count: 74 + 75 });
  expect(sum!.first.map(({ row }) => row)).toEqual(Array.from({ length: 100 }, (_, index) => 3 + 2 * index));
  expect([size, others]).toEqual([{ rule: 'lim-file-size', count: 1, first: [{}] }, []]);
});

describe('diagnosticTallies', () => {
  test('counts each rule and keeps its positions', () => {
    const notes = diagnosticTallies();
    notes.note('empty-null-word', 3, 2);
    notes.note('lim-file-size');
    notes.note('empty-null-word', 1, 4);
    expect(notes.tallies()).toEqual([
      {
        rule: 'empty-null-word',
        count: 2,
        first: [
          { row: 1, column: 4 },
          { row: 3, column: 2 },
        ],
      },
      { rule: 'lim-file-size', count: 1, first: [{}] },
    ]);
  });

  test.each([
    ['under', DIAGNOSTIC_POSITIONS_MAX - 1, DIAGNOSTIC_POSITIONS_MAX - 1],
    ['at', DIAGNOSTIC_POSITIONS_MAX, DIAGNOSTIC_POSITIONS_MAX],
    ['over', DIAGNOSTIC_POSITIONS_MAX + 1, DIAGNOSTIC_POSITIONS_MAX],
  ])('%s the bound of positions, the count goes on', (_, notes, kept) => {
    const tallies = diagnosticTallies();
    for (let row = 1; row <= notes; row += 1) tallies.note('enc-two-readings', row, 1);
    const [tally] = tallies.tallies();
    expect(tally).toMatchObject({ count: notes });
    expect(tally!.first).toHaveLength(kept);
    expect(tally!.first.at(-1)).toEqual({ row: kept, column: 1 });
  });

  test('keeps the positions that come first in the file, in whatever order they are noted', () => {
    const tallies = diagnosticTallies();
    for (let row = 1_000; row >= 1; row -= 1) tallies.note('our-surplus-cells', row, 2);
    const first = tallies.tallies()[0]!.first;
    expect(first.map((position) => position.row)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });
});
