/** Walks the rows of both versions side by side. The same bytes make the same batches: row n is row n in both. */
import { ourLocationHint } from '../protocol/rules/index.ts';
import { ROW_OUTCOMES, type Api, type RuleId, type VisitorId } from '../protocol/vocabulary/index.ts';
import type { BatchRecord, Emulator } from '../server/index.ts';
import type { Listed, OutcomeCount, RowDifference, RowResult } from './comparison.ts';

export interface RowComparison {
  readonly outcomes: Readonly<Record<Api, readonly OutcomeCount[]>>;
  readonly differing: Listed<RowDifference>;
  /** Every profile that a row speaks of, in the order of its first row, with the rules of its last one. */
  readonly visitors: Iterable<ComparedVisitor>;
  readonly rows: number;
  readonly rowsWithoutId: number;
}

export interface ComparedVisitor {
  readonly id: VisitorId;
  rules: Readonly<Record<Api, RuleId>>;
}

export async function compareRows(
  emulator: Emulator,
  batches: Readonly<Record<Api, readonly BatchRecord[]>>,
  differencesMax: number,
): Promise<RowComparison> {
  const tallies = { v1: outcomeTally(), v2: outcomeTally() };
  const visitors = new Map<string, ComparedVisitor>();
  const first: RowDifference[] = [];
  let differing = 0;
  let rows = 0;
  let rowsWithoutId = 0;

  for (const [index, batch] of batches.v1.entries()) {
    const { idKind, settings } = batch;
    const others = readRows(emulator, batches.v2[index]!.batchId);
    for await (const v1 of readRows(emulator, batch.batchId)) {
      const v2: ReadRow = (await others.next()).value!;
      const { row, id } = v1;
      rows += 1;
      tallies.v1.add(v1);
      tallies.v2.add(v2);
      if (v1.outcome !== v2.outcome) {
        differing += 1;
        if (first.length < differencesMax) {
          first.push({ part: index + 1, row, id, v1: resultOf(v1), v2: resultOf(v2) });
        }
      }
      if (id === null) {
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
    visitors: visitors.values(),
    rows,
    rowsWithoutId,
  };
}

interface ReadRow extends RowResult {
  readonly row: number;
  /** Null once the body is evicted. */
  readonly id: string | null;
}

/** As anybody could ask for them, page by page. */
async function* readRows(emulator: Emulator, batchId: string): AsyncGenerator<ReadRow, undefined> {
  let cursor = '0';
  for (;;) {
    const url = `http://localhost/__emulator/batches/${batchId}/rows?limit=1000&cursor=${cursor}`;
    const response = await emulator.fetch(new Request(url));
    const page = (await response.json()) as { readonly rows: readonly ReadRow[]; readonly next: string | null };
    yield* page.rows;
    if (page.next === null) return undefined;
    cursor = page.next;
  }
}

const resultOf = ({ outcome, rule, message }: ReadRow): RowResult => ({ outcome, rule, message });

function outcomeTally() {
  const counts = new Map<string, { -readonly [Key in keyof OutcomeCount]: OutcomeCount[Key] }>();
  return {
    add({ outcome, rule }: RowResult) {
      const known = counts.get(`${outcome} ${rule}`);
      if (known === undefined) counts.set(`${outcome} ${rule}`, { outcome, rule, count: 1 });
      else known.count += 1;
    },
    counts: (): readonly OutcomeCount[] =>
      [...counts.values()].toSorted((a, b) => ROW_OUTCOMES.indexOf(a.outcome) - ROW_OUTCOMES.indexOf(b.outcome)),
  };
}
