/** Walks the rows of both versions side by side. The same bytes make the same batches: row n is row n in both. */
import { ourLocationHint, rowMessage } from '../protocol/rules/index.ts';
import {
  ROW_OUTCOMES,
  type Api,
  type RuleId,
  type VisitorId,
  type VisitorIdKind,
} from '../protocol/vocabulary/index.ts';
import type { BatchRecord, Emulator, RowRecord } from '../server/index.ts';
import type { OutcomeCount, RowDifference, RowResult } from './comparison.ts';

export interface ComparedVisitor {
  readonly id: VisitorId;
  rules: Readonly<Record<Api, RuleId>>;
}

export function compareRows(
  emulator: Emulator,
  batches: Readonly<Record<Api, readonly BatchRecord[]>>,
  differencesMax: number,
) {
  const tallies = { v1: outcomeTally(), v2: outcomeTally() };
  const visitors = new Map<string, ComparedVisitor>();
  const first: RowDifference[] = [];
  let differing = 0;
  let rows = 0;
  let rowsWithoutId = 0;

  for (const [index, batch] of batches.v1.entries()) {
    const { idKind, settings } = batch;
    // One batch after the other: the store remembers the one read last, and two in turns would make it read every page anew.
    const others = readResults(emulator, batches.v2[index]!.batchId);
    for (const v1 of readRows(emulator, batch.batchId)) {
      const { row, id } = v1;
      const v2 = others[row]!;
      rows += 1;
      tallies.v1.add(v1);
      tallies.v2.add(v2);
      if (v1.outcome !== v2.outcome) {
        differing += 1;
        if (first.length < differencesMax) {
          const results = { v1: resultOf(v1, row, idKind), v2: resultOf(v2, row, idKind) };
          first.push({ part: index + 1, row, id: id ?? null, ...results });
        }
      }
      if (id === undefined) {
        rowsWithoutId += 1;
        continue;
      }
      const identity = ourLocationHint.decide(idKind, id, settings.locationHint);
      const rules = { v1: v1.rule, v2: v2.rule };
      const known = visitors.get(identity);
      if (known === undefined) visitors.set(identity, { id: { kind: idKind, value: id }, rules });
      else known.rules = rules;
    }
  }
  return {
    outcomes: { v1: tallies.v1.counts(), v2: tallies.v2.counts() },
    differing: { count: differing, first },
    // Every profile that a row speaks of, in the order of its first row, with the rules of its last one.
    visitors: visitors.values(),
    rows,
    rowsWithoutId,
  };
}

type Result = Pick<RowRecord, 'outcome' | 'rule' | 'column'>;

/** By row number; equal results are one object, so that half a million rows cost little. */
function readResults(emulator: Emulator, batchId: string): readonly Result[] {
  const distinct = new Map<string, Result>();
  const results: Result[] = [];
  for (const { row, outcome, rule, column } of readRows(emulator, batchId)) {
    const key = `${outcome} ${rule} ${column ?? ''}`;
    let result = distinct.get(key);
    if (result === undefined) distinct.set(key, (result = { outcome, rule, column }));
    results[row] = result;
  }
  return results;
}

/** Page by page. */
function* readRows(emulator: Emulator, batchId: string): Generator<RowRecord, void> {
  let cursor: string | undefined;
  do {
    const page = emulator.rows(batchId, { limit: 1_000, cursor });
    yield* page?.items ?? [];
    cursor = page?.next;
  } while (cursor !== undefined);
}

function resultOf({ outcome, rule, column }: Result, row: number, idKind: VisitorIdKind): RowResult {
  return { outcome, rule, message: rowMessage({ row, outcome, rule, column, idKind }) };
}

function outcomeTally() {
  const counts = new Map<string, { -readonly [Key in keyof OutcomeCount]: OutcomeCount[Key] }>();
  return {
    add({ outcome, rule }: Result) {
      const known = counts.get(`${outcome} ${rule}`);
      if (known === undefined) counts.set(`${outcome} ${rule}`, { outcome, rule, count: 1 });
      else known.count += 1;
    },
    counts: (): readonly OutcomeCount[] =>
      [...counts.values()].toSorted((a, b) => ROW_OUTCOMES.indexOf(a.outcome) - ROW_OUTCOMES.indexOf(b.outcome)),
  };
}
