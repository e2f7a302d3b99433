/** What happens to an account in a week: submissions, visits, calls, single updates, fetches, tokens, files, and time. */
import fc, { type Arbitrary } from 'fast-check';
import { type Api, DAY_MS, type KnownId, type Settings, type VisitorId } from '../../protocol/vocabulary/index.ts';
import type { AttributeValue, DeliveredCall, SourceView, VisitIds } from '../port.ts';
import { type BatchFile, validBatchFile } from './batch-files.ts';
import { brokenBatchFile } from './broken-batch-files.ts';
import { anySettings } from './settings.ts';
import {
  attributeName,
  attributeValue,
  bigValue,
  ECIDS,
  ILLEGAL_THIRD_PARTY_IDS,
  knownVisitorId,
  visitorId,
  weighted,
  hostileText,
} from './text.ts';
import { fieldText } from '../../protocol/attribute-file/dialect.ts';

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

type Fields<Each> = { readonly [Name in Exclude<keyof Each, 'kind'>]: Arbitrary<Each[Name]> };

/** Of each kind: how often it is drawn in any history, how often in one of customer attributes, and what it is made of. */
type Kinds = {
  readonly [Kind in Command['kind']]: readonly [number, number, Fields<Extract<Command, { kind: Kind }>>];
};

const kinds = (): Kinds => ({
  submit: [10, 1, { api: api(), file: submittedFile() }],
  apply: [4, 1, { amount: fc.constantFrom('all', 'slice') }],
  visit: [3, 4, { ids: visitIds() }],
  update: [2, 0, { id: visitorId(), values: someValues(attributeValue()) }],
  seed: [2, 0, { id: visitorId(), values: someValues(valueOrBigOne()) }],
  deliver: [3, 2, { call: deliveredCall() }],
  forget: [1, 1, { id: knownId() }],
  fetch: [2, 1, { id: knownId() }],
  advance: [2, 2, { ms: duration(), whose: fc.constantFrom('everybody', 'own', 'neighbour') }],
  settings: [1, 0, { settings: anySettings() }],
  source: [1, 1, { source: attributeSource() }],
  upload: [2, 4, { source: attributeSource(), file: attributeFile() }],
  token: [1, 0, { method: fc.constantFrom('POST', 'GET') }],
  guarded: [
    1,
    0,
    {
      authentication: fc.constantFrom('required', 'optional'),
      token: fc.constantFrom('latest', 'earlier', 'wrong', 'none'),
      id: visitorId(),
    },
  ],
  drop: [1, 1, {}],
});

const commandOf = (kind: string, fields: object) =>
  fc.record({ kind: fc.constant(kind), ...fields }) as Arbitrary<Command>;

function history(weight: 0 | 1, maxLength: number): Arbitrary<readonly Command[]> {
  const drawn = Object.entries(kinds()).filter(([, each]) => each[weight] > 0);
  const command = weighted(...drawn.map(([kind, each]) => [each[weight], commandOf(kind, each[2])] as const));
  return fc.array(command, { maxLength, size: 'max' });
}

/**
 * A history of one client code, of `lengthMax` commands at most, 14 unless told. Submissions are the most frequent.
 *
 * @example
 * fc.assert(fc.asyncProperty(commandSequence(30), async (commands) => !(await disagreement(commands, contest))));
 */
export function commandSequence(lengthMax = 14): Arbitrary<readonly Command[]> {
  return history(0, lengthMax);
}

/**
 * Files of customer attributes, visits and time in any order, in 14 commands at most.
 *
 * @example
 * fc.assert(fc.asyncProperty(attributeSequences(), async (commands) => !(await disagreement(commands, contest))));
 */
export function attributeSequences(): Arbitrary<readonly Command[]> {
  return history(1, 14);
}

export const timePassing = (): Arbitrary<Command> => commandOf('advance', kinds().advance[2]);

const submittedFile = () =>
  weighted(
    [8, validBatchFile()],
    [1, validBatchFile({ values: valueOrBigOne() })],
    [1, brokenBatchFile().map((broken) => broken.file)],
  );

export const api = (): Arbitrary<Api> => fc.constantFrom('v2', 'v1');

/** By either id, both, or none. */
export function visitIds(): Arbitrary<VisitIds> {
  return fc.record({
    pcId: fc.option(knownVisitorId('pcId'), { nil: undefined, freq: 2 }),
    thirdPartyId: fc.option(knownVisitorId('thirdPartyId'), { nil: undefined, freq: 2 }),
    marketingCloudVisitorId: fc.option(ecid(), { nil: undefined, freq: 1 }),
  });
}

/** Few, so that they meet; one that is a pcId's too. */
export const ecid = () => fc.constantFrom(...ECIDS);

/** A visitor of the small population, by any id. */
export const knownId = () =>
  weighted<KnownId>([3, visitorId()], [1, ecid().map((value) => ({ kind: 'marketingCloudVisitorId', value }))]);

function deliveredCall(): Arbitrary<DeliveredCall> {
  const id = weighted([20, knownVisitorId('thirdPartyId')], [1, fc.constantFrom('a+b', 'a/b')]);
  return fc.record({
    via: fc.constantFrom('delivery', 'mbox'),
    ids: visitIds(),
    customerIds: fc.array(fc.record({ id, isAuthenticated: fc.boolean() }), { maxLength: 2 }),
    values: namedValues(weighted([20, attributeValue()], [1, fc.constant(HALF)])),
  });
}

/** UTF-8 cannot carry it (our-undecodable). */
const HALF = 'a\ud800';

/** How long a session lasts (mrg-memory). */
const HALF_HOUR_MS = 30 * 60_000;

/** From a moment to longer than any profile lives (life-14d). */
function duration(): Arbitrary<number> {
  const edges = [HALF_HOUR_MS, DAY_MS, 14 * DAY_MS].flatMap((ms) => [ms - 1, ms, ms + 1]);
  return fc.constantFrom(1, 60_000, ...edges, 91 * DAY_MS);
}

const namedValues = (value: Arbitrary<string>) =>
  fc.uniqueArray(fc.record({ name: attributeName(), value }), { selector: ({ name }) => name, maxLength: 3 });

/** At least one name with a value; each name once. */
const someValues = (value: Arbitrary<string>) =>
  namedValues(value)
    .map((values) => values.filter(({ name, value: text }) => name !== '' && text !== ''))
    .map((values) => (values.length > 0 ? values : [{ name: 'a', value: '1' }]));

const valueOrBigOne = () => weighted([4, attributeValue()], [1, bigValue()]);

/** Two: the alias that calls name, and another. */
export function attributeSource(): Arbitrary<SourceView> {
  return fc
    .record({
      alias: fc.constantFrom('crm', 'crm0'),
      subscribed: weighted<'all' | string[]>([3, fc.constant('all')], [1, fc.subarray(['a', 'b'])]),
      active: fc.integer({ min: 0, max: 9 }).map((number) => number > 0),
    })
    .map((source) => ({ ...source, name: source.alias === 'crm' ? 'My CRM' : 'crm0' }));
}

export function attributeFile(): Arbitrary<string> {
  const value = weighted<string>(
    [8, fc.constantFrom('', '1', '2', 'a,b', 'say "x"', 'two\nlines', 'back\\slash')],
    [1, hostileText().map((text) => text.replaceAll(/\p{Surrogate}/gu, ''))],
    [1, bigValue()],
  );
  const id = weighted([6, knownVisitorId('thirdPartyId')], [1, fc.constantFrom('', ...ILLEGAL_THIRD_PARTY_IDS)]);
  const line = fc.tuple(id, value, value).map((fields) => fields.map(fieldText).join(','));
  const odd = fc.constantFrom('u1,1', 'u1,1,2,3', 'u1,"1,2', 'u1,x"y,1', 'u1,"a""b",1', '', '"u1" ,1,2', 'u1,\\",\\');
  const row = weighted<string>([30, line], [1, odd]);
  const oddHeaders = ['id,a,b c', 'id,a,a', 'id,a.b,a', "id,a',b", 'id', 'id,a,new', '', 'id,,', 'id,"a'];
  const header = weighted<string>([20, fc.constantFrom('id,a,b', 'id,b,a')], [1, fc.constantFrom(...oddHeaders)]);
  return fc
    .tuple(header, fc.array(row, { maxLength: 6 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
    .map(([first, rows, end, isEnded]) => [first, ...rows].join(end) + (isEnded ? end : ''));
}
