/** What became of each row, in 32 bits: the row's number, its outcome, the rule behind it. Failed rows have one word more. */
import type { Database } from 'better-sqlite3';
import { insertion, statements } from './statements.ts';
import type { RowOutcome, RuleId } from '../../protocol/vocabulary/index.ts';

/** Numbers are stored: new outcomes go to the end. */
const OUTCOMES: readonly RowOutcome[] = ['updated', 'created', 'not-found', 'failed', 'ignored', 'lost'];
const OUTCOME_NUMBERS = new Map(OUTCOMES.map((outcome, number) => [outcome, number]));

/** A test holds rows and rules against these: what is left of 32 bits is the rule's number. */
const ROW_BITS = 19;
const OUTCOME_BITS = 3;
const ROW_MASK = 2 ** ROW_BITS - 1;
const OUTCOME_MASK = 2 ** OUTCOME_BITS - 1;
const FAILED = OUTCOME_NUMBERS.get('failed')!;

export function outcomeWriter() {
  let words: number[] = [];
  return {
    /** `column` is kept for failed rows; 0 when the fault is in no cell. */
    add(row: number, outcome: RowOutcome, rule: number, column = 0): void {
      const number = OUTCOME_NUMBERS.get(outcome)!;
      words.push((row | (number << ROW_BITS) | (rule << (ROW_BITS + OUTCOME_BITS))) >>> 0);
      if (number === FAILED) words.push(column);
    },
    /** What was added since the last call, as stored. */
    take(): Uint8Array {
      const bytes = Buffer.allocUnsafe(words.length * 4);
      for (let index = 0; index < words.length; index += 1) bytes.writeUInt32LE(words[index]!, index * 4);
      words = [];
      return bytes;
    },
  };
}

export type OutcomeTable = ReturnType<typeof outcomeTable>;

/** The outcomes of a batch so far, by row; slices and their rows come in any order. */
export function outcomeTable(batchSize: number, slices: Iterable<Uint8Array>) {
  // No word is 0: rows count from 1.
  const words = new Uint32Array(batchSize + 1);
  const columns = new Map<number, number>();
  let lastRow = 0;
  for (const slice of slices) {
    const view = new DataView(slice.buffer, slice.byteOffset, slice.byteLength);
    for (let at = 0; at < slice.byteLength; at += 4) {
      const word = view.getUint32(at, true);
      const row = word & ROW_MASK;
      words[row] = word;
      if (row > lastRow) lastRow = row;
      if (outcomeNumber(word) !== FAILED) continue;
      at += 4;
      const column = view.getUint32(at, true);
      if (column !== 0) columns.set(row, column);
    }
  }
  return {
    /** The highest row number that has an outcome. */
    lastRow,
    /** Undefined where the row is not applied yet. */
    outcome: (row: number) => (words[row] ? OUTCOMES[outcomeNumber(words[row])] : undefined),
    rule: (row: number) => words[row]! >>> (ROW_BITS + OUTCOME_BITS),
    /** From 1; undefined for rows that did not fail and faults that are in no cell. */
    column: (row: number) => columns.get(row),
  };
}

const outcomeNumber = (word: number) => (word >>> ROW_BITS) & OUTCOME_MASK;

export type OutcomeRules = ReturnType<typeof outcomeRules>;

/** Rule ids as small numbers. They are stored by name once, since a later release may list its rules differently. */
export function outcomeRules(database: Database) {
  const { prepare, pluck } = statements(database);
  const selectNumber = pluck<[string], number>('SELECT id FROM outcome_rule WHERE rule = ?');
  const selectRule = pluck<[number], RuleId>('SELECT rule FROM outcome_rule WHERE id = ?');
  const insert = prepare(insertion('outcome_rule', 'rule'));
  const numbers = new Map<RuleId, number>();
  const rules = new Map<number, RuleId>();
  return {
    numberOf(rule: RuleId): number {
      const known = numbers.get(rule);
      if (known !== undefined) return known;
      const number = selectNumber.get(rule) ?? Number(insert.run(rule).lastInsertRowid);
      numbers.set(rule, number);
      return number;
    },
    ruleOf(number: number): RuleId {
      const rule = rules.get(number) ?? selectRule.get(number)!;
      rules.set(number, rule);
      return rule;
    },
    /** Forgets what is in memory, after a rollback. */
    forget(): void {
      numbers.clear();
      rules.clear();
    },
  };
}
