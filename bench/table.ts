/** The goals and what was measured, as text for a terminal. */
import type { Judgement } from './context.ts';
import { GOALS } from './goals.ts';

export function judgementTable(judgements: readonly Judgement[]): string {
  const rows = judgements.map(({ goal, what, bound, measured, isMet, remark }) => [
    what,
    bound,
    measured === undefined ? '-' : `${measured} ${GOALS[goal].unit}`,
    (measured === undefined ? 'not measured' : isMet === undefined ? 'not judged' : isMet ? 'met' : 'MISSED') +
      (remark === undefined ? '' : ` (${remark})`),
  ]);
  const table = [['goal', 'bound', 'measured', ''], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
