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
    const rows = api === 'v2' ? LISTED_ROWS[shape] : 'none';
    return { overall: rows !== 'all', rows, consumedCount: shape === 'current' || shape === '2020' };
  },
};

const LISTED_ROWS = { current: 'none', '2020': 'failed', '2017': 'all', tt: 'none' } as const;

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
  decide: (outcome) => WORDS_2017[outcome],
};

const WORDS_2017 = {
  updated: 'success',
  created: 'success',
  'not-found': 'error',
  failed: 'error',
  lost: 'error',
  pending: 'pending',
  ignored: undefined,
} as const;

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
  return outcome === 'updated' ? MERGING_RULES[api] : OUTCOME_RULES[outcome];
}

const OUTCOME_RULES = {
  created: 'v2-upsert',
  'not-found': 'v1-update-only',
  ignored: 'empty-only-skipped',
  lost: 'thr-loss',
} as const;

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
  const failure = FAILURE_TEXTS[rule]?.(id, column || undefined) ?? `refused by rule ${rule}`;
  return `Row ${row}: ${outcome === 'failed' ? failure : OUTCOME_TEXTS[outcome](id)}.`;
}

const OUTCOME_TEXTS: Record<Exclude<RowOutcome, 'failed'>, (id: string) => string> = {
  updated: () => 'the profile was updated',
  created: () => 'a profile was created',
  'not-found': (id) => `no profile has this ${id === 'the id' ? 'id' : id}, and v1 creates none`,
  ignored: () => 'every value is empty, so there is nothing to write',
  lost: () => 'lost on purpose',
};

const FAILURE_TEXTS: { readonly [Rule in RuleId]?: (id: string, column: number | undefined) => string } = {
  'our-blank-key': (id) => `${id} is blank`,
  'key-3rd-len': (id) => `${id} has more than 256 characters`,
  'key-3rd-chars': (id) => `${id} contains '+' or '/'`,
  'our-not-utf8': () => 'it holds bytes that are not UTF-8',
  'our-undecodable': (_, column) =>
    `${column === undefined ? 'a cell' : `column ${column}`} is not percent-encoded UTF-8`,
  'our-surplus-cells': (_, column) => `column ${column ?? '?'} is beyond the columns of the header row`,
};
