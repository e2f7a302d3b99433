/** The journal: what was asked of the emulated API, and whether it was what somebody expected. */
import { z } from 'zod';
import type { Services } from '../http/services.ts';
import { namesVisitor } from '../journal/written-target.ts';
import { refuseInput } from '../input-issues.ts';
import {
  type Expectation,
  expectationSchema,
  journalFilterShape,
  VerificationError,
  verified,
} from '../journal/expectation.ts';
import type { Journal, JournalPage, VisitorEntries } from '../store/journal-entries.ts';
import { storedId } from '../store/well-formed.ts';
import { clientCode, page, type PageQuery, wholeNumber } from './judged-fields.ts';
import { once } from '../runtime/once.ts';
import { operation } from './operation.ts';
import * as replies from './replies.ts';
import { defined, entryJson } from './as-json.ts';
import { type GivenKnownId, ofVisitor, visitorAsked } from './visitor-ids.ts';

const latestQuery = once(() => ({
  ...journalFilterShape(),
  kind: z.enum(['request', 'fault']).optional().describe('Only requests, or only faults that fired.'),
  status: wholeNumber(100, 599, 'Must be a status code').optional(),
  limit: page().limit,
}));
const journalQuery = once(() => ({ ...latestQuery(), ...page() }));

/** The same without a place to go on from. */
export interface LatestQuery extends z.input<z.ZodObject<ReturnType<typeof latestQuery>>> {}

/** Which entries, and how many of them: all fields must hold of an entry. */
export interface JournalQuery extends z.input<z.ZodObject<ReturnType<typeof journalQuery>>> {}

export const journalOperations = {
  /**
   * What was asked, and the faults that fired, oldest first: 100 entries unless `limit` says otherwise (at most 1,000),
   * from `cursor` on. Throws a `VerificationError` ('journal-off') where no journal is kept, and a `ZodError` that names
   * each wrong field.
   *
   * @example
   * emulator.journal.read({ client: 'demo', operation: 'submit' }).entries.length; // 2
   */
  read: operation({
    route: 'GET /journal',
    sentence: 'What was asked of the emulated API, and the faults that fired, oldest first; 409 where none is kept.',
    takes: () => ({ query: journalQuery() }),
    replies: { 200: replies.journal },
    // The client code comes last: a caller without types cannot look at another's.
    binds: (code, query: Omit<JournalQuery, 'client'> = {}): [JournalQuery] => [{ ...query, client: code }],
    asked: (query: JournalQuery = {}) => ({ query }),
    does: (services, query): JournalPage => keptJournal(services, query).read(defined(query)),
    tells: ({ entries, next, evicted }) => ({ entries: entries.map(entryJson), next: next ?? null, evicted }),
  }),
  /**
   * The last entries that fit, oldest first: 100 unless `limit` says otherwise (at most 1,000). Throws as `read` does.
   *
   * @example
   * emulator.journal.latest({ limit: 1 }).entries[0]?.kind; // 'request'
   */
  latest: operation({
    route: 'GET /journal/latest',
    sentence: 'The last entries that fit, oldest first; 409 where no journal is kept.',
    takes: () => ({ query: latestQuery() }),
    replies: { 200: replies.journalEnd },
    binds: (code, query: Omit<LatestQuery, 'client'> = {}): [LatestQuery] => [{ ...query, client: code }],
    asked: (query: LatestQuery = {}) => ({ query }),
    does: (services, { limit, ...filter }) => ({
      entries: keptJournal(services, filter).latest(defined(filter), limit),
    }),
    tells: ({ entries }) => ({ entries: entries.map(entryJson) }),
  }),
  /**
   * The last requests that spoke of a visitor by any of its ids, oldest first: fetches, visits and single updates, 100
   * unless `limit` says otherwise (at most 1,000). `evicted` and `earlier` count what nobody can tell about: entries that
   * are gone, and those from before the start. Throws as `read` does.
   *
   * @example
   * emulator.journal.ofVisitor('demo', { kind: 'thirdPartyId', value: 'C-1' }).entries.length; // 2
   */
  ofVisitor: operation({
    route: 'GET /clients/{client}/profiles/{kind}/{id}/journal',
    sentence:
      'The last fetches, visits and single updates of a visitor by any of its ids; 409 where no journal is kept.',
    ...ofVisitor,
    takes: () => ({ ...ofVisitor.takes(), query: { limit: page().limit } }),
    replies: { 200: replies.visitorJournal },
    asked: (client: string, id: GivenKnownId, query: Pick<PageQuery, 'limit'> = {}) => ({
      path: visitorAsked(client, id),
      query,
    }),
    does: (services, { client, kind, id: value, limit }): VisitorEntries => {
      const { reader, clocks, options } = services;
      const id = { kind, value };
      const linked = reader.profile(client, id, clocks.now(client))?.linked;
      const settings = reader.client(client)?.settings ?? options.settings;
      const ids = linked === undefined ? [id] : [id, linked];
      return keptJournal(services).ofVisitor(
        client,
        ids.map((each) => storedId(each, settings)),
        limit,
      );
    },
    tells: ({ entries, ...counts }) => ({ entries: entries.map(entryJson), ...counts }),
  }),
  /**
   * How many such requests there were. Throws a `VerificationError` where that is not what was expected ('not-verified',
   * with what was seen instead), where evicted entries leave it open ('evicted'), and where no journal is kept
   * ('journal-off'). At least one is expected unless `times` says otherwise.
   *
   * @example
   * emulator.journal.verify({ client: 'demo', method: 'POST', path: '/m2/demo/v2/profile/batchUpdate', times: 1 });
   */
  verify: operation({
    route: 'POST /verify',
    sentence: 'How many such requests there were; 409 where that is not what was expected, or nobody can tell.',
    takes: () => ({ body: expectationSchema() }),
    replies: { 200: replies.verified, 409: replies.notVerified },
    binds: (code, expectation: Omit<Expectation, 'client'> = {}): [Expectation] => [{ ...expectation, client: code }],
    asked: (expectation: Expectation = {}) => ({ body: expectation }),
    does: ({ journal, options }, { body }): number => {
      refuseVisitor(options, body);
      return verified(journal, body);
    },
    tells: (count) => ({ count }),
  }),
  /**
   * Clears one client code's entries, or all.
   *
   * @example
   * emulator.journal.clear('demo');
   */
  clear: operation({
    route: 'DELETE /journal',
    sentence: "Clears one client code's entries, or all.",
    takes: () => ({ query: { client: clientCode().optional() } }),
    client: 'first',
    asked: (client?: string) => ({ query: { client } }),
    does: ({ journal }, { client }): void => journal?.clear(client),
  }),
};

function keptJournal({ journal, options }: Services, filter: Asked = {}): Journal {
  refuseVisitor(options, filter);
  if (journal !== undefined) return journal;
  throw new VerificationError('journal-off', 'the emulator was started with journal off.');
}

type Asked = Pick<JournalQuery, 'path'>;

/** No entry would ever fit, and "none" would be true by mistake. */
function refuseVisitor({ journalValues }: Services['options'], { path = '' }: Asked): void {
  if (journalValues || !namesVisitor(path)) return;
  const message =
    'Ids of visitors are not written down, nor what is no word of the API: put * in their place, or start with --journal-values';
  refuseInput({ path: ['path'], message });
}
