/** What replies look like, which rows they list, and what a row's outcome is called. */
import type { Api, RowOutcome, RuleId, Settings, VisitorIdKind } from '../vocabulary/index.ts';
import { type DecidingRule, documented, ours, releaseNote } from './rule.ts';
import { MERGING_RULES } from './v2.ts';

/** What a status reply holds besides the batch id. */
export interface StatusContents {
  /** `status` and `batchSize` at the top. */
  readonly overall: boolean;
  readonly rows: 'none' | 'failed' | 'all';
  /** Among the counters of `showDetails=true`. */
  readonly consumedCount: boolean;
}

export const ourStatusShape: DecidingRule<(shape: Settings['statusShape'], api: Api) => StatusContents> = {
  id: 'our-status-shape',
  statement:
    'The status reply has the shape documented today: counters, no rows. By setting it lists failed rows (2020), every row and nothing else (2017), or has no `consumedCount` (tt); rows are listed for v2 only.',
  ...ours('Q9; v1-overall-status', 'status'),
  setting: 'statusShape',
  decide(shape, api) {
    switch (shape) {
      case 'current':
        return { overall: true, rows: 'none', consumedCount: true };
      case '2020':
        return { overall: true, rows: api === 'v2' ? 'failed' : 'none', consumedCount: true };
      case '2017':
        return api === 'v2'
          ? { overall: false, rows: 'all', consumedCount: false }
          : { overall: true, rows: 'none', consumedCount: false };
      case 'tt':
        return { overall: true, rows: 'none', consumedCount: false };
    }
  },
};

/** The word for a row in 2017's shape; `pending` for a row not yet applied. Undefined: the row is not listed. */
export const resRowValues2017: DecidingRule<
  (outcome: RowOutcome | 'pending') => 'success' | 'error' | 'pending' | undefined
> = {
  id: 'res-row-values-2017',
  statement: 'A row was `success` (updated or created), `error` (failed or lost) or `pending`.',
  ...documented('SLATE; BULK@af9db32', 'v2', 'status'),
  setting: 'statusShape',
  contradiction: 'RN20 says `failed`, not `error`.',
  note: 'Superseded. Ours: ignored rows are none of the three and are left out.',
  decide(outcome) {
    switch (outcome) {
      case 'updated':
      case 'created':
        return 'success';
      case 'not-found':
      case 'failed':
      case 'lost':
        return 'error';
      case 'pending':
        return 'pending';
      case 'ignored':
        return undefined;
    }
  },
};

/** The word for a row in 2020's shape; undefined: the row is not listed. */
export const resRow2020After: DecidingRule<(outcome: RowOutcome | 'pending') => 'failed' | undefined> = {
  id: 'res-row-2020-after',
  statement: 'Since May 2020 only failed rows are listed, each with its id and `failed`.',
  ...releaseNote('RN20', 'v2', 'status'),
  setting: 'statusShape',
  contradiction: 'The note names May 4, May 14 and May 20 as the day.',
  decide: (outcome) => (outcome === 'failed' ? 'failed' : undefined),
};

/** The rule behind an outcome; a failed row names its own. */
export function outcomeRule(api: Api, outcome: Exclude<RowOutcome, 'failed'>): RuleId {
  switch (outcome) {
    case 'updated':
      return MERGING_RULES[api];
    case 'created':
      return 'v2-upsert';
    case 'not-found':
      return 'v1-update-only';
    case 'ignored':
      return 'empty-only-skipped';
    case 'lost':
      return 'thr-loss';
  }
}

/** A row as a message speaks of it. */
export interface RowResult {
  readonly row: number;
  readonly outcome: RowOutcome;
  readonly rule: RuleId;
  /** From 1; undefined or 0 where the fault is not in one cell. */
  readonly column?: number | undefined;
  /** Known where the batch is; names the first column. */
  readonly idKind?: VisitorIdKind | undefined;
}

/** What became of a row, in one sentence for a person. */
export function rowMessage({ row, outcome, rule, column, idKind }: RowResult): string {
  const id = idKind ?? 'the id';
  return `Row ${row}: ${outcome === 'failed' ? failureText(rule, column, id) : OUTCOME_TEXTS[outcome](id)}.`;
}

const OUTCOME_TEXTS: Record<Exclude<RowOutcome, 'failed'>, (id: string) => string> = {
  updated: () => 'the profile was updated',
  created: () => 'a profile was created',
  'not-found': (id) => `no profile has this ${id === 'the id' ? 'id' : id}, and v1 creates none`,
  ignored: () => 'every value is empty, so there is nothing to write',
  lost: () => 'lost on purpose',
};

function failureText(rule: RuleId, column: number | undefined, id: string): string {
  switch (rule) {
    case 'our-blank-key':
      return `${id} is blank`;
    case 'key-3rd-len':
      return `${id} has more than 256 characters`;
    case 'key-3rd-chars':
      return `${id} contains '+' or '/'`;
    case 'our-not-utf8':
      return 'it holds bytes that are not UTF-8';
    case 'our-undecodable':
      return column === undefined || column === 0
        ? 'a cell is not percent-encoded UTF-8'
        : `column ${column} is not percent-encoded UTF-8`;
    case 'our-surplus-cells':
      return `column ${column ?? '?'} is beyond the columns of the header row`;
    default:
      return `refused by rule ${rule}`;
  }
}
