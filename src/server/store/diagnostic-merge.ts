/** Adds what one slice noted to what a batch has noted so far: all counted, the first positions in file order kept. */
import { DIAGNOSTIC_POSITIONS_MAX } from '../../protocol/vocabulary/index.ts';
import type { DiagnosticTally, Position } from '../../protocol/vocabulary/index.ts';

export function mergeTallies(
  before: readonly DiagnosticTally[],
  added: readonly DiagnosticTally[],
): readonly DiagnosticTally[] {
  if (added.length === 0) return before;
  const merged = new Map(before.map((tally) => [tally.rule, tally]));
  for (const tally of added) {
    const known = merged.get(tally.rule);
    const first = [...(known?.first ?? []), ...tally.first].toSorted(inFileOrder).slice(0, DIAGNOSTIC_POSITIONS_MAX);
    merged.set(tally.rule, { rule: tally.rule, count: (known?.count ?? 0) + tally.count, first });
  }
  return [...merged.values()];
}

/** Slices are in key order: a later one may hold earlier rows. What speaks of the whole file comes first. */
function inFileOrder(a: Position, b: Position): number {
  return (a.row ?? -1) - (b.row ?? -1) || (a.column ?? -1) - (b.column ?? -1);
}
