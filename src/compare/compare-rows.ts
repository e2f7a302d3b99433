/** Walks the rows of every way side by side. The same bytes make the same batches: row n is row n in both. */
import { ourLocationHint, rowMessage } from '../protocol/rules/index.ts';
import { ROW_OUTCOMES } from '../protocol/vocabulary/index.ts';
import type { Api, RuleId, VisitorId, VisitorIdKind } from '../protocol/vocabulary/index.ts';
import type { BatchRecord, Emulator, RowRecord } from '../server/index.ts';
import type { EachWay, OutcomeCount, RowDifference, RowResult, Way } from './comparison.ts';
import type { AttributesWay } from './attributes-way.ts';

export type ComparedVisitor = Readonly<{ id: VisitorId; rules: EachWay<RuleId> }>;

/** Lets others have their turn in the middle of long work; rejects where nobody wants that any more. */
export type Pause = () => Promise<void>;

export async function compareRows(
  emulator: Emulator,
  batches: Readonly<Record<Api, readonly BatchRecord[]>>,
  attributes: AttributesWay | undefined,
  differencesMax: number,
  pause: Pause,
) {
  const tallies = ways<Tally>(new Map(), new Map(), attributes && new Map());
  const visitors = new Map<string, ComparedVisitor>();
  const first: RowDifference[] = [];
  let differing = 0;
  let rows = 0;
  let rowsWithoutId = 0;

  for (const [index, batch] of batches.v1.entries()) {
    const { idKind, settings } = batch;
    // One batch after the other: the store remembers the one read last, and two in turns would make it read every page anew.
    const { results, isLast } = await readResults(emulator, batches.v2[index]!.batchId, pause);
    for await (const v1 of rowsOf(emulator, batch.batchId, pause)) {
      const { row, id } = v1;
      const third = id === undefined ? undefined : attributes?.resultOf(v1, isLast(v1));
      const found = ways<Result>(v1, results[row]!, third);
      rows += 1;
      eachWay(found, (result, way) => counted(tallies[way]!, result));
      if (new Set(Object.values(found).map(({ outcome }) => outcome)).size > 1) {
        differing += 1;
        if (first.length < differencesMax) {
          const told = eachWay(found, (result) => messageOf(result, row, idKind));
          first.push({ part: index + 1, row, id: id ?? null, ...told });
        }
      }
      if (id === undefined) {
        rowsWithoutId += 1;
        continue;
      }
      const identity = ourLocationHint.decide(idKind, id, settings.locationHint);
      const visitor = visitors.get(identity)?.id ?? { kind: idKind, value: id };
      visitors.set(identity, { id: visitor, rules: eachWay(found, ({ rule }) => rule) });
    }
  }
  return {
    outcomes: eachWay(tallies, inOrder),
    differing: { count: differing, first },
    // Every profile that a row speaks of, in the order of its first row, with the rules of its last one.
    visitors: visitors.values(),
    rows,
    rowsWithoutId,
  };
}

/** What became of a row, and why. */
export type Result = Pick<RowRecord, 'outcome' | 'rule'> &
  Partial<Pick<RowRecord, 'column'>> & { readonly says?: string };

/**
 * By row number; equal results are one object, so that half a million rows cost little. And whether a row is the last one
 * of its id: the uploader keeps the rows of an id in one batch.
 */
async function readResults(emulator: Emulator, batchId: string, pause: Pause) {
  const distinct = new Map<string, Result>();
  const results: Result[] = [];
  const last = new Map<string, number>();
  for await (const { row, id, outcome, rule, column } of rowsOf(emulator, batchId, pause)) {
    if (id !== undefined) last.set(id, row);
    const key = `${outcome} ${rule} ${column ?? ''}`;
    let result = distinct.get(key);
    if (result === undefined) distinct.set(key, (result = { outcome, rule, column }));
    results[row] = result;
  }
  return { results, isLast: ({ id = '', row }: RowRecord) => last.get(id) === row };
}

const rowsOf = (emulator: Emulator, batchId: string, pause: Pause) =>
  everyItem(pause, (cursor) => emulator.rows(batchId, { limit: 1_000, cursor }));

/** Page by page, with a pause between two. */
export async function* everyItem<Item>(
  pause: Pause,
  pageAt: (
    cursor: string | undefined,
  ) => { readonly items: readonly Item[]; readonly next: string | undefined } | undefined,
): AsyncGenerator<Item, void> {
  let cursor: string | undefined;
  do {
    const page = pageAt(cursor);
    yield* page?.items ?? [];
    cursor = page?.next;
    await pause();
  } while (cursor !== undefined);
}

function messageOf({ outcome, rule, column, says }: Result, row: number, idKind: VisitorIdKind): RowResult {
  const message = says === undefined ? rowMessage({ row, outcome, rule, column, idKind }) : `Row ${row}: ${says}.`;
  return { outcome, rule, message };
}

type Tally = Map<string, OutcomeCount>;

function counted(tally: Tally, { outcome, rule }: Result): void {
  const key = `${outcome} ${rule}`;
  tally.set(key, { outcome, rule, count: (tally.get(key)?.count ?? 0) + 1 });
}

const inOrder = (tally: Tally) =>
  [...tally.values()].toSorted((a, b) => ROW_OUTCOMES.indexOf(a.outcome) - ROW_OUTCOMES.indexOf(b.outcome));

/** Two or three, as many as there are. */
export const ways = <Told>(v1: Told, v2: Told, customerAttributes: Told | undefined): EachWay<Told> =>
  customerAttributes === undefined ? { v1, v2 } : { v1, v2, customerAttributes };

export function eachWay<From, To>(given: EachWay<From>, change: (from: From, way: Way) => To): EachWay<To> {
  const bulk = { v1: change(given.v1, 'v1'), v2: change(given.v2, 'v2') };
  if (!('customerAttributes' in given)) return bulk;
  return { ...bulk, customerAttributes: change(given.customerAttributes, 'customerAttributes') };
}
