/** What happens to an account in a week: submissions, visits, calls, single updates, fetches, tokens, files, and time. */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { type Api, DAY_MS, type KnownId, type Settings, type VisitorId } from '../../protocol/vocabulary/index.ts';
import type { AttributeValue, DeliveredCall, SourceView, VisitIds } from '../port.ts';
import type { BatchFile } from './batch-file-text.ts';
import { attributeFile, attributeSource } from './attribute-files.ts';
import { validBatchFile } from './batch-files.ts';
import { brokenBatchFile } from './broken-batch-files.ts';
import { anySettings } from './settings.ts';
import { attributeName, attributeValue, bigValue, ECIDS, knownVisitorId, visitorId } from './text.ts';

export type Command =
  | { readonly kind: 'submit'; readonly api: Api; readonly file: BatchFile }
  | { readonly kind: 'apply'; readonly amount: 'slice' | 'all' }
  | { readonly kind: 'visit'; readonly ids: VisitIds }
  | { readonly kind: 'update'; readonly id: VisitorId; readonly values: readonly AttributeValue[] }
  | { readonly kind: 'seed'; readonly id: VisitorId; readonly values: readonly AttributeValue[] }
  | { readonly kind: 'deliver'; readonly call: DeliveredCall }
  | { readonly kind: 'forget'; readonly id: KnownId }
  | { readonly kind: 'fetch'; readonly id: KnownId }
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'source'; readonly source: SourceView }
  /** By a source that is there, or is made for it. */
  | { readonly kind: 'upload'; readonly source: SourceView; readonly file: string }
  /** The account's token is issued, or shown. */
  | { readonly kind: 'token'; readonly method: 'GET' | 'POST' }
  /** A fetch while the account looks at tokens. */
  | {
      readonly kind: 'guarded';
      readonly authentication: Settings['authentication'];
      readonly token: 'latest' | 'earlier' | 'wrong' | 'none';
      readonly id: VisitorId;
    }
  | { readonly kind: 'drop' }
  /** `neighbour`: another client code's clock, which is nobody else's business. */
  | { readonly kind: 'advance'; readonly ms: number; readonly whose: 'everybody' | 'own' | 'neighbour' };

/**
 * A history of one client code, of `lengthMax` commands at most, 14 unless told. Submissions are the most frequent.
 *
 * @example
 * fc.assert(fc.asyncProperty(commandSequence(30), async (commands) => !(await disagreement(commands, contest))));
 */
export function commandSequence(lengthMax = 14): Arbitrary<readonly Command[]> {
  return fc.array(command(), { maxLength: lengthMax, size: 'max' });
}

export function command(): Arbitrary<Command> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 10, arbitrary: submission() },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('apply'), amount: fc.constantFrom('all', 'slice') }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('visit'), ids: visitIds() }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('update'), id: visitorId(), values: someValues(attributeValue()) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('seed'), id: visitorId(), values: someValues(valueOrBigOne()) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('deliver'), call: deliveredCall() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget'), id: knownId() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('fetch'), id: knownId() }) },
    { weight: 2, arbitrary: timePassing() },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('settings'), settings: anySettings() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('source'), source: attributeSource() }) },
    { weight: 2, arbitrary: upload() },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('token'), method: fc.constantFrom('POST', 'GET') }) },
    { weight: 1, arbitrary: guardedFetch() },
    { weight: 1, arbitrary: fc.constant({ kind: 'drop' }) },
  );
}

/**
 * Files of customer attributes, visits and time in any order, in 14 commands at most.
 *
 * @example
 * fc.assert(fc.asyncProperty(attributeSequences(), async (commands) => !(await disagreement(commands, contest))));
 */
export function attributeSequences(): Arbitrary<readonly Command[]> {
  const visited = fc.record({ kind: fc.constant('visit' as const), ids: visitIds() });
  const step = fc.oneof(
    { withCrossShrink: true },
    { weight: 4, arbitrary: upload() },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('source' as const), source: attributeSource() }) },
    { weight: 4, arbitrary: visited },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('deliver' as const), call: deliveredCall() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('fetch' as const), id: knownId() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), id: knownId() }) },
    { weight: 2, arbitrary: timePassing() },
    { weight: 1, arbitrary: submission() },
    { weight: 1, arbitrary: fc.constant({ kind: 'apply' as const, amount: 'all' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'drop' as const }) },
  );
  return fc.array(step, { maxLength: 14, size: 'max' });
}

function guardedFetch(): Arbitrary<Command> {
  return fc.record({
    kind: fc.constant('guarded'),
    authentication: fc.constantFrom('required', 'optional'),
    token: fc.constantFrom('latest', 'earlier', 'wrong', 'none'),
    id: visitorId(),
  });
}

function upload(): Arbitrary<Extract<Command, { kind: 'upload' }>> {
  return fc.record({ kind: fc.constant('upload'), source: attributeSource(), file: attributeFile() });
}

function submission(): Arbitrary<Command> {
  const file = fc.oneof(
    { withCrossShrink: true },
    { weight: 8, arbitrary: validBatchFile() },
    { weight: 1, arbitrary: validBatchFile({ values: valueOrBigOne() }) },
    { weight: 1, arbitrary: brokenBatchFile().map((broken) => broken.file) },
  );
  return fc.record({ kind: fc.constant('submit'), api: api(), file });
}

export function api(): Arbitrary<Api> {
  return fc.constantFrom('v2', 'v1');
}

/** By either id, both, or none. */
export function visitIds(): Arbitrary<VisitIds> {
  return fc.record({
    pcId: fc.option(knownVisitorId('pcId'), { nil: undefined, freq: 2 }),
    thirdPartyId: fc.option(knownVisitorId('thirdPartyId'), { nil: undefined, freq: 2 }),
    marketingCloudVisitorId: fc.option(ecid(), { nil: undefined, freq: 1 }),
  });
}

/** Few, so that they meet; one that is a pcId's too. */
export function ecid(): Arbitrary<string> {
  return fc.constantFrom(...ECIDS);
}

/** A visitor of the small population, by any id. */
export function knownId(): Arbitrary<KnownId> {
  const byEcid = ecid().map((value) => ({ kind: 'marketingCloudVisitorId' as const, value }));
  return fc.oneof({ withCrossShrink: true }, { weight: 3, arbitrary: visitorId() }, { weight: 1, arbitrary: byEcid });
}

function deliveredCall(): Arbitrary<DeliveredCall> {
  const id = knownVisitorId('thirdPartyId');
  return fc.record({
    via: fc.constantFrom('delivery', 'mbox'),
    ids: visitIds(),
    customerIds: fc.array(fc.record({ id, isAuthenticated: fc.boolean() }), { maxLength: 2 }),
    values: fc.uniqueArray(fc.record({ name: attributeName(), value: attributeValue() }), {
      selector: ({ name }) => name,
      maxLength: 3,
    }),
  });
}

export function timePassing(): Arbitrary<Command> {
  const whose = fc.constantFrom('everybody', 'own', 'neighbour');
  return fc.record({ kind: fc.constant('advance'), ms: duration(), whose });
}

/** From a moment to longer than any profile lives (life-14d). */
function duration(): Arbitrary<number> {
  return fc.constantFrom(
    1,
    60_000,
    HALF_HOUR_MS - 1,
    HALF_HOUR_MS,
    DAY_MS - 1,
    DAY_MS,
    DAY_MS + 1,
    14 * DAY_MS,
    14 * DAY_MS + 1,
    91 * DAY_MS,
  );
}

/** How long a session lasts (mrg-memory). */
const HALF_HOUR_MS = 30 * 60_000;

/** At least one name with a value; each name once. */
function someValues(value: Arbitrary<string>): Arbitrary<readonly AttributeValue[]> {
  const filled = { name: attributeName(), value };
  return fc
    .uniqueArray(fc.record(filled), { selector: ({ name }) => name, maxLength: 3 })
    .map((values) => values.filter(({ name, value: text }) => name !== '' && text !== ''))
    .map((values) => (values.length > 0 ? values : [{ name: 'a', value: '1' }]));
}

function valueOrBigOne(): Arbitrary<string> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 4, arbitrary: attributeValue() },
    { weight: 1, arbitrary: bigValue() },
  );
}
