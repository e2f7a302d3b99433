import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BATCH_ROWS_MAX, ROW_OUTCOMES } from '../../../../src/protocol/vocabulary/index.ts';
import { outcomeTable, outcomeWriter } from '../../../../src/server/store/row-outcomes.ts';

describe('outcome words', () => {
  it('give back row, outcome, rule and column, in any order and any slicing', () => {
    const entry = fc.record({
      row: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: BATCH_ROWS_MAX })),
      outcome: fc.constantFrom(...ROW_OUTCOMES),
      rule: fc.integer({ min: 1, max: 1023 }),
      column: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.array(entry, { maxLength: 1 }), { selector: ([one]) => one?.row ?? 0 }),
        (slices) => {
          const writer = outcomeWriter();
          const written = slices.map((slice) => {
            for (const { row, outcome, rule, column } of slice) writer.add(row, outcome, rule, column);
            return writer.take();
          });
          const table = outcomeTable(BATCH_ROWS_MAX, written);
          for (const { row, outcome, rule, column } of slices.flat()) {
            expect([table.outcome(row), table.rule(row)]).toEqual([outcome, rule]);
            expect(table.column(row)).toBe(outcome === 'failed' && column > 0 ? column : undefined);
          }
          expect(table.lastRow).toBe(Math.max(0, ...slices.flat().map(({ row }) => row)));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('a row that was not applied has no outcome', () => {
    expect(outcomeTable(3, []).outcome(2)).toBeUndefined();
  });
});
