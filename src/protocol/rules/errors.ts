/** Refusals: their HTTP status and their words. */
import type { Rejection, RuleId, Settings } from '../vocabulary/index.ts';
import { BULK, community, type DecidingRule, documented, observedByClient, ours, refuse } from './rule.ts';

export const ourMessageTexts: DecidingRule<(rejection: Rejection) => string> = {
  id: 'our-message-texts',
  statement:
    "Only a missing batch is refused in words that anybody has reported; every other message says that it is the emulator's.",
  ...ours('Q4', ...BULK, 'status', 'single-update', 'fetch'),
  fixed: 'No other wording is known that a setting could give.',
  decide: ({ rule, message }) => (rule === 'err-batch-missing' ? message : `${MESSAGE_PREFIX}${message}`),
};

const MESSAGE_PREFIX = 'target-profile-emulator: ';

export const ourRejectionStatus: DecidingRule<
  (rejection: Pick<Rejection, 'rule'>, reading: Settings['rejectionStatus']) => number
> = {
  id: 'our-rejection-status',
  statement:
    'A refused batch is answered with HTTP 200 and `success` false, by setting with 400; refusals of the transport keep their codes.',
  ...ours('Q2; res-submit-http200', ...BULK, 'status', 'single-update', 'fetch'),
  setting: 'rejectionStatus',
  decide: ({ rule }, reading) => TRANSPORT_CODES[rule] ?? reading,
};

const TRANSPORT_CODES: { readonly [Rule in RuleId]?: number } = {
  'lim-file-size': 413,
  'ep-post-only': 405,
  'our-unknown-batch': 404,
  'err-auth-403': 403,
  'err-rate-503': 503,
  'lim-single-rate': 503,
  'our-queue-bound': 503,
};

/** Given what rule our-rate-window says of a call. */
export const errRate503: DecidingRule<(withinLimit?: boolean) => Rejection | undefined> = {
  id: 'err-rate-503',
  statement: 'A call beyond the 50 of a minute is answered with HTTP 503.',
  ...documented('LIM; Q16', ...BULK, 'status'),
  setting: 'rateLimit',
  note: 'A client waits 65 seconds. Ours: a short body and no `Retry-After`, since neither is documented.',
  decide: (withinLimit = false) =>
    withinLimit ? undefined : refuse('err-rate-503', 'More than 50 calls within 60 seconds; wait a minute.'),
};

/** Of a token that a call shows, or does not. */
export type ShownToken = 'none' | 'no-bearer' | 'valid' | 'wrong' | 'expired';

export const errAuth403: DecidingRule<
  (shown: ShownToken, reading: Settings['authentication']) => Rejection | undefined
> = {
  id: 'err-auth-403',
  statement: 'A missing, wrong or expired token is answered with HTTP 403 and the reason phrase `Forbidden`.',
  ...observedByClient('SEG; Q21', ...BULK, 'status', 'single-update', 'fetch'),
  setting: 'authentication',
  note: 'One client reads the phrase itself. No Adobe text names the code. Ours: the message in the body.',
  decide(shown, reading) {
    if (shown === 'valid' || reading === 'off' || (shown === 'none' && reading === 'optional')) return undefined;
    return refuse('err-auth-403', FORBIDDEN[shown]);
  },
};

const FORBIDDEN = {
  'no-bearer': 'The header Authorization is not of the form `Bearer TOKEN`: the word Bearer, a blank, the token.',
  none: 'This account requires a token; send `Authorization: Bearer TOKEN`.',
  wrong: "The token is not this account's, or not its current one.",
  expired: 'The token has expired; generate a new one.',
};

/** For an answer under one of the API's two roots. */
export const ourContentType: DecidingRule<(root: '/m2' | '/rest') => string> = {
  id: 'our-content-type',
  statement:
    'Answers to calls under `/m2` are `text/xml;charset=UTF-8`, those under `/rest` and of `mbox/json` `application/json;charset=UTF-8`.',
  ...ours('Q25; res-ctype', ...BULK, 'status', 'single-update', 'fetch'),
  fixed: 'No client that is known reads it.',
  note: 'What is no call of the API, by its path or its method, is answered in JSON of our own.',
  decide: (root) => (root === '/m2' ? 'text/xml;charset=UTF-8' : 'application/json;charset=UTF-8'),
};

/** What a fetch is refused with, whatever the readings: there is no other form of refusal under `/rest`. */
export const errFetchBadclient: DecidingRule<() => 400> = {
  id: 'err-fetch-badclient',
  statement: 'A fetch with a wrong client code is answered as a bad request.',
  ...community('SEG test', 'fetch'),
  note: 'From a mock, so weak. Ours: HTTP 400 for a missing and for a malformed code; one that nobody has used has no profiles.',
  decide: () => 400,
};
