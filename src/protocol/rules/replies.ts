/** What replies look like, which rows they list, and what a row's outcome is called. */
import type { Api, RowOutcome, RuleId, Settings, VisitorIdKind } from '../vocabulary/index.ts';
import {
  BULK,
  type DecidingRule,
  documented,
  inferred,
  observedByClient,
  ours,
  releaseNote,
  type Rule,
} from './rule.ts';
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
  note: 'Superseded. Ignored rows are none of the three and are left out: ours.',
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

export const REPLY_RULES: readonly Rule[] = [
  {
    id: 'res-submit-ok',
    statement:
      'An accepted batch is answered with `response` holding `success` true, `batchStatus` with the link and `message` "Batch submitted for processing", in this order, with no XML declaration.',
    ...documented('BULK; TT-B; SLATE'),
  },
  {
    id: 'res-submit-ws',
    statement:
      'The white space between elements differs from sample to sample and means nothing; inside leaf elements there is none.',
    ...documented('BULK; SLATE', ...BULK, 'status'),
    note: 'Here: one unbroken line.',
  },
  {
    id: 'res-submit-stripped',
    statement: "In December 2023 the page showed the answer's text without its tags.",
    ...documented('BULK@af9db32'),
    note: 'An accident of converting the page, no form of the wire.',
  },
  {
    id: 'res-submit-fail',
    statement: 'A refused batch is answered with `success` false and a message that says why.',
    ...documented('BULK; SLATE'),
    note: 'Written as `success=false`; that an element is meant is inferred.',
  },
  {
    id: 'res-submit-fail-status-empty',
    statement: 'Where `success` is false, `batchStatus` is empty.',
    ...documented('TT-B; Q2'),
    note: 'Archived. Whether the element is there at all is not stated; here it is.',
  },
  {
    id: 'res-submit-http200',
    statement: 'Clients reckon with `success` other than true under HTTP 200, and with 4xx, and look at both.',
    ...observedByClient('WDT; Q2'),
    setting: 'rejectionStatus',
    note: 'Decided by our-rejection-status.',
  },
  {
    id: 'res-ctype',
    statement: 'The content type of the XML answers is documented nowhere, and no client looks at it.',
    ...inferred('no document; Q25', ...BULK, 'status', 'single-update'),
  },
  {
    id: 'res-status-default',
    statement: 'The status reply holds `batchId`, `status` and `batchSize`, in this order.',
    ...documented('BULK; TT-B', 'status'),
    contradiction: 'TT-B prints a blank inside the id, an accident of redaction.',
  },
  {
    id: 'res-status-details',
    statement:
      'With `showDetails=true` the reply goes on with `consumedCount`, `successfulUpdates`, `profilesNotFound` and `failedUpdates`, in this order.',
    ...documented('BULK (2023-12-05)', 'status'),
    setting: 'statusShape',
    contradiction: 'TT-B has no `consumedCount`.',
  },
  {
    id: 'res-row-2017',
    statement:
      'Until November 2023 the documented v2 status was the batch id and a `profile` of `id` and `status` for each row, and nothing else.',
    ...documented('SLATE', 'v2', 'status'),
    setting: 'statusShape',
    note: 'Superseded.',
  },
  resRowValues2017,
  {
    id: 'res-row-2020-before',
    statement: 'Before May 2020 the reply held batch id, status, batch size and a `profile` for every row.',
    ...releaseNote('RN20', 'v2', 'status'),
    contradiction: 'res-row-2017 has no status and batch size at the top.',
    note: 'Superseded; given in no shape.',
  },
  resRow2020After,
  {
    id: 'res-row-path',
    statement: 'The 2020 note lists rows under the status path without `v2` and without `showDetails`.',
    ...releaseNote('RN20', 'v2', 'status'),
  },
  {
    id: 'res-row-today',
    statement: 'The page shows no rows in status replies since December 2023: failed ids cannot be had.',
    ...documented('BULK; WDT; Q9', 'status'),
    setting: 'statusShape',
    note: 'No sample has failed rows, so whether they are still listed is open.',
  },
  {
    id: 'res-single-ok',
    statement:
      'A single update is answered with `response` holding `success` true, an empty `pcId` and `message` "Request successfully submitted".',
    ...documented('TT-U', 'single-update'),
    contradiction: 'SINGLE and SLATE show the text without its tags.',
    note: 'Archived.',
  },
  {
    id: 'res-fetch-json',
    statement:
      'A fetched profile is JSON of `client`, `visitorId`, `modifiedAt` and `profileAttributes`, each of these with `value` as text and `modifiedAt`.',
    ...documented('PROF; Q14, Q36', 'fetch'),
    contradiction: 'TT-F: `mboxPC`, `client`, `thirdPartyId`, and times without zone.',
  },
  {
    id: 'res-fetch-names',
    statement: 'Attributes written by the bulk API are fetched under their bare names, without `profile.`.',
    ...documented('PROF', ...BULK, 'single-update', 'fetch'),
  },
  ourStatusShape,
];
