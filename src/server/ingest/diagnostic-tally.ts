/** Counts what was noted about one batch: how often each rule, and the first positions, however many there are. */
import { DIAGNOSTIC_POSITIONS_MAX } from '../../protocol/vocabulary/index.ts';
import type { Diagnostic, DiagnosticTally, Position, RuleId } from '../../protocol/vocabulary/index.ts';

export interface DiagnosticTallies {
  note(rule: RuleId, row?: number, column?: number): void;
  noteAll(diagnostics: Iterable<Diagnostic>): void;
  /** Rules in the order they were first noted. */
  tallies(): DiagnosticTally[];
}

/**
 * Rows may be noted in any order (they are applied in key order): of each rule the positions that come first in the
 * file are kept.
 */
export function diagnosticTallies(): DiagnosticTallies {
  const byRule = new Map<RuleId, { count: number; readonly first: Position[] }>();

  const note = (rule: RuleId, row?: number, column?: number) => {
    let tally = byRule.get(rule);
    if (tally === undefined) byRule.set(rule, (tally = { count: 0, first: [] }));
    tally.count += 1;
    const { first } = tally;
    const isFull = first.length === DIAGNOSTIC_POSITIONS_MAX;
    if (isFull && !isBefore(row, column, first.at(-1)!)) return;
    if (isFull) first.pop();
    let index = first.length;
    while (index > 0 && isBefore(row, column, first[index - 1]!)) index -= 1;
    first.splice(index, 0, { ...(row !== undefined && { row }), ...(column !== undefined && { column }) });
  };

  return {
    note,
    noteAll(diagnostics) {
      for (const { rule, row, column } of diagnostics) note(rule, row, column);
    },
    tallies: () => Array.from(byRule, ([rule, { count, first }]) => ({ rule, count, first: [...first] })),
  };
}

/** A position without a row speaks of the whole file and comes first. */
function isBefore(row: number | undefined, column: number | undefined, other: Position): boolean {
  const rows = (row ?? -1) - (other.row ?? -1);
  return rows < 0 || (rows === 0 && (column ?? -1) < (other.column ?? -1));
}
