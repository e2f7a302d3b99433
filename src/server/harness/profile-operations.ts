/** Profiles: what is stored, what shall be there before a test begins, and what an mbox call does to them. */
import { z } from 'zod';
import { newPcId } from '../http/new-ids.ts';
import type { Page, StoredProfile, VisitResult } from '../store/store.ts';
import { isoTime } from './iso-time.ts';
import { defined, ofClient, page, type PageQuery } from './judged-fields.ts';
import { once } from '../runtime/once.ts';
import { operation } from './operation.ts';
import { inTurns, judgedItems, longList } from './long-list.ts';
import { ISSUES_MAX } from './refusals.ts';
import * as replies from './replies.ts';
import { attributesJson } from './source-operations.ts';
import { type JudgedProfile, type SeedProfile, seedProfileSchema, seedWrites } from './seed-profile.ts';
import { foundOrRefused, idsJson, namedIdShape, namedIds, noProfile, refuseIds, ofVisitor } from './visitor-ids.ts';

const visitIds = once(() =>
  z
    .strictObject({
      ...namedIdShape(),
      marketingCloudVisitorId: z.string().min(1).optional().describe('The ECID.'),
    })
    .refine(({ thirdPartyId, mbox3rdPartyId }) => thirdPartyId === undefined || mbox3rdPartyId === undefined, {
      error: 'Is the same as thirdPartyId: give one of both',
      path: ['mbox3rdPartyId'],
    }),
);

/** Whom an mbox call names: by any of the ids, or nobody (a new visitor). */
export interface VisitIds extends z.input<ReturnType<typeof visitIds>> {}

export const profileOperations = {
  /**
   * Creates or updates profiles in the base layer, if one is wrong none; empty values are ignored. Creates the client
   * code if it is new. Over HTTP, send up to 1 MiB at a time. Rejects with a `ZodError` that names each wrong place, such as `profiles[3].thirdPartyId` for an id that the rules
   * of this client code refuse.
   *
   * @example
   * await emulator.seedProfiles('demo', [{ thirdPartyId: 'C-1', attributes: { tier: 'gold' } }]);
   */
  seedProfiles: operation({
    route: 'POST /clients/{client}/profiles',
    sentence: 'Creates or updates profiles in the base layer; if one is wrong, none.',
    takes: () => ({ ...ofClient.takes(), body: z.strictObject({ profiles: longList(seedProfileSchema()) }) }),
    reads: 'profiles',
    replies: { 200: replies.seeded },
    client: 'first',
    isAsync: true,
    asked: (client: string, profiles: readonly SeedProfile[]) => ({ path: { client }, body: { profiles } }),
    does: async (services, { client: code, body }): Promise<void> => {
      const { writer, options, clocks } = services;
      const profiles = await judgedItems(body.profiles, seedProfileSchema(), { at: 'profiles', issuesMax: ISSUES_MAX });
      refuseIds(services, code, placedIds(profiles));
      // Also where nobody has a profile in it.
      if (profiles.length === 0) await writer.openClient(code, options.settings);
      const now = clocks.now(code);
      await inTurns(profiles, (some) => writer.seedProfiles(seedWrites(code, some, now), options.settings));
    },
    tells: (_, __, { body }) => ({ seeded: body.profiles.length }),
  }),
  /**
   * A profile as a fetch sees it now, or undefined where there is none. Throws a `ZodError` for an id kind that does not
   * exist and for an id that the rules of this client code refuse, so that "not created" is never true by mistake.
   *
   * @example
   * emulator.profile('demo', { kind: 'thirdPartyId', value: 'C-1' })?.attributes; // [{ name: 'tier', value: 'gold', ... }]
   */
  profile: operation({
    route: 'GET /clients/{client}/profiles/{kind}/{id}',
    sentence: 'One profile, as a fetch sees it.',
    ...ofVisitor,
    reads: 'profiles',
    replies: { 200: replies.profile },
    does: (services, asked): StoredProfile | undefined => {
      const { client: code, kind, id } = asked;
      return foundOrRefused(
        services.reader.profile(code, { kind, value: id }, services.clocks.now(code)),
        services,
        asked,
      );
    },
    tells: (profile, _, { client: code, kind }) =>
      profile === undefined ? noProfile(code, kind) : profileJson(profile),
  }),
  /**
   * Profiles as stored, a page of 100 unless `limit` says otherwise (at most 1,000), from `cursor` on. Throws a `ZodError`
   * that names each wrong field.
   *
   * @example
   * emulator.profiles('demo', { limit: 10 }).items.map(({ id }) => id.value);
   */
  profiles: operation({
    route: 'GET /clients/{client}/profiles',
    sentence: 'Profiles as stored.',
    takes: () => ({ ...ofClient.takes(), query: page() }),
    reads: 'profiles',
    replies: { 200: replies.profiles },
    client: 'first',
    asked: (client: string, query: PageQuery = {}) => ({ path: { client }, query }),
    does: ({ reader, clocks }, { client: code, limit, cursor }): Page<StoredProfile> =>
      reader.profiles(code, { limit, now: clocks.now(code), ...defined({ cursor }) }),
    tells: ({ items, next }) => ({ profiles: items.map(profileJson), next: next ?? null }),
  }),
  /**
   * What an mbox call does to the profile store: creates what is missing, links its ids, folds pending attributes in. With
   * no id at all the visitor is a new one. Rejects with a `ZodError` for a field that is no id and for an id that the rules
   * of this client code refuse.
   *
   * @example
   * const { pcId, created } = await emulator.visit('demo', { thirdPartyId: 'C-1' });
   */
  visit: operation({
    route: 'POST /clients/{client}/visits',
    sentence: 'What an mbox call does to the profile store: creates, links, folds pending attributes in.',
    takes: () => ({ ...ofClient.takes(), body: visitIds() }),
    reads: 'profiles',
    replies: { 200: replies.visit },
    client: 'first',
    isAsync: true,
    asked: (client: string, ids: VisitIds = {}) => ({ path: { client }, body: ids }),
    does: async (services, { client: code, body }): Promise<VisitResult> => {
      const { writer, options, clocks } = services;
      refuseIds(services, code, namedIds(body));
      const { pcId, marketingCloudVisitorId, thirdPartyId = body.mbox3rdPartyId } = body;
      const ids = { pcId, thirdPartyId, marketingCloudVisitorId };
      const customer = { thirdPartyId, customerIds: [] };
      const visit = { client: code, ...ids, customer, newPcId: newPcId(services, code), now: clocks.now(code) };
      return writer.visit(visit, options.settings);
    },
    tells: ({ pcId, thirdPartyId, created }) => ({ pcId, ...defined({ thirdPartyId }), created }),
  }),
  /**
   * One visitor is forgotten, as the Privacy Service does on request: the profile and every id that leads to it, whichever
   * of them is named. Resolves to whether there was a profile; rejects with a `ZodError` where `profile` throws one. Bodies
   * of batches and the journal stay as they were: `dropClient` takes those along.
   *
   * @example
   * await emulator.deleteProfile('demo', { kind: 'marketingCloudVisitorId', value: '38400000000000000001' });
   */
  deleteProfile: operation({
    route: 'DELETE /clients/{client}/profiles/{kind}/{id}',
    sentence: 'Forgets one visitor: the profile and every id that leads to it.',
    ...ofVisitor,
    reads: 'profiles',
    replies: { 200: replies.deletedProfile },
    isAsync: true,
    does: async (services, asked): Promise<boolean> => {
      const { client: code, kind, id } = asked;
      const { writer, clocks } = services;
      const deleted = await writer.deleteVisitor({ client: code, id: { kind, value: id }, now: clocks.now(code) });
      return foundOrRefused(deleted, services, asked);
    },
    tells: (deleted, _, { client: code, kind }) => (deleted ? { deleted } : noProfile(code, kind)),
  }),
};

function* placedIds(profiles: readonly JudgedProfile[]) {
  for (const [index, { id }] of profiles.entries()) yield { ...id, place: ['profiles', index, ...id.place] };
}

function profileJson({ id, linked, modifiedAt, attributes, customerAttributes }: StoredProfile) {
  // Without a prototype, so that an attribute may be called `__proto__`.
  const byName: Record<string, unknown> = Object.create(null);
  for (const { name, value, modifiedAt: at, layer } of attributes) {
    byName[name] = { value, modifiedAt: isoTime(at), layer };
  }
  return {
    ...idsJson(id, linked),
    modifiedAt: isoTime(modifiedAt),
    attributes: byName,
    ...(customerAttributes !== undefined && { customerAttributes: attributesJson(customerAttributes) }),
  };
}
