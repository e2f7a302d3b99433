/** Counts what was noted about one batch: how often each rule, and the first positions, however many there are. */
import { DIAGNOSTIC_POSITIONS_MAX, type DiagnosticTally, type Position, type RuleId } from '../vocabulary/index.ts';

/** Row 0 is the header row; what has no row speaks of the whole file. */
export type Note = (rule: RuleId, row?: number, column?: number) => void;

export type DiagnosticTallies = ReturnType<typeof diagnosticTallies>;

/**
 * Rows may be noted in any order (they are applied in key order): of each rule the positions that come first in the
 * file are kept.
 */
export function diagnosticTallies() {
  const byRule: Tallies = new Map();

  const note: Note = (rule, row, column) => {
    const tally = tallyOf(byRule, rule);
    tally.count += 1;
    keepFirst(tally.first, row, column);
  };
  /** Rules in the order they were first noted. */
  return { note, tallies: () => talliesOf(byRule) };
}

/** Of what was counted in several places, such as the slices of a batch: one tally a rule. */
export function sumOfTallies(counted: Iterable<DiagnosticTally>): DiagnosticTally[] {
  const byRule: Tallies = new Map();
  for (const { rule, count, first } of counted) {
    const tally = tallyOf(byRule, rule);
    tally.count += count;
    for (const { row, column } of first) keepFirst(tally.first, row, column);
  }
  return talliesOf(byRule);
}

type Tallies = Map<RuleId, { count: number; readonly first: Position[] }>;

function tallyOf(byRule: Tallies, rule: RuleId) {
  let tally = byRule.get(rule);
  if (tally === undefined) byRule.set(rule, (tally = { count: 0, first: [] }));
  return tally;
}

function talliesOf(byRule: Tallies): DiagnosticTally[] {
  return Array.from(byRule, ([rule, { count, first }]) => ({ rule, count, first: [...first] }));
}

/** In file order, as many as are kept. */
function keepFirst(first: Position[], row: number | undefined, column: number | undefined): void {
  const isFull = first.length === DIAGNOSTIC_POSITIONS_MAX;
  if (isFull && !isBefore(row, column, first.at(-1)!)) return;
  if (isFull) first.pop();
  let index = first.length;
  while (index > 0 && isBefore(row, column, first[index - 1]!)) index -= 1;
  first.splice(index, 0, { ...(row !== undefined && { row }), ...(column !== undefined && { column }) });
}

/** A position without a row speaks of the whole file and comes first. */
function isBefore(row: number | undefined, column: number | undefined, other: Position): boolean {
  const rows = (row ?? -1) - (other.row ?? -1);
  return rows < 0 || (rows === 0 && (column ?? -1) < (other.column ?? -1));
}
