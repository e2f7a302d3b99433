/** Profiles: what is stored, what shall be there before a test begins, and what an mbox call does to them. */
import { z } from 'zod';
import { newPcId } from '../http/new-pc-id.ts';
import type { Page, StoredProfile, VisitResult } from '../store/store.ts';
import { isoTime } from './iso-time.ts';
import { clientCode, defined, page, type PageQuery } from './judged-fields.ts';
import { operation } from './operation.ts';
import * as replies from './replies.ts';
import { type JudgedProfile, type SeedProfile, seedProfiles, seedWrites } from './seed-profile.ts';
import {
  type GivenVisitorId,
  idsJson,
  namedIdShape,
  namedIds,
  noProfile,
  refuseIds,
  visitorAsked,
  visitorPath,
} from './visitor-ids.ts';

/** Profiles to start with come in one call. */
const SEED_BODY_BYTES_MAX = 16 * 1024 * 1024;

const visitIds = z
  .strictObject(namedIdShape)
  .refine(({ thirdPartyId, mbox3rdPartyId }) => thirdPartyId === undefined || mbox3rdPartyId === undefined, {
    error: 'Is the same as thirdPartyId: give one of both',
    path: ['mbox3rdPartyId'],
  });

/** Whom an mbox call names: one id, both, or nobody (a new visitor). */
export interface VisitIds extends z.input<typeof visitIds> {}

export const profileOperations = {
  /**
   * Creates or updates profiles in the base layer, all or none; empty values are ignored. Creates the client code if it is
   * new. Rejects with a `ZodError` that names each wrong place, such as `profiles[3].thirdPartyId` for an id that the rules
   * of this client code refuse.
   *
   * @example
   * await emulator.seedProfiles('demo', [{ thirdPartyId: 'C-1', attributes: { tier: 'gold' } }]);
   */
  seedProfiles: operation({
    route: 'POST /clients/{client}/profiles',
    sentence: 'Creates or updates profiles in the base layer, all or none.',
    path: { client: clientCode },
    body: z.strictObject({ profiles: seedProfiles }),
    bodyBytesMax: SEED_BODY_BYTES_MAX,
    reads: 'profiles',
    replies: { 200: replies.seeded },
    client: 'first',
    isAsync: true,
    asked: (client: string, profiles: readonly SeedProfile[]) => ({ path: { client }, body: { profiles } }),
    does: async (services, { client: code, body: { profiles } }): Promise<void> => {
      const { writer, options, clock } = services;
      refuseIds(services, code, placedIds(profiles));
      await writer.openClient(code, options.settings);
      await writer.seedProfiles(seedWrites(code, profiles, clock.now()));
    },
    tells: (_, __, { body }) => ({ seeded: body.profiles.length }),
  }),
  /**
   * A profile as a fetch sees it now, or undefined where there is none. Throws a `ZodError` for an id kind that does not
   * exist, so that "not created" is never true by mistake.
   *
   * @example
   * emulator.profile('demo', { kind: 'thirdPartyId', value: 'C-1' })?.attributes; // [{ name: 'tier', value: 'gold', ... }]
   */
  profile: operation({
    route: 'GET /clients/{client}/profiles/{kind}/{id}',
    sentence: 'One profile, as a fetch sees it.',
    path: visitorPath,
    reads: 'profiles',
    replies: { 200: replies.profile },
    client: 'first',
    asked: (client: string, id: GivenVisitorId) => ({ path: visitorAsked(client, id) }),
    does: ({ reader, clock }, { client: code, kind, id }): StoredProfile | undefined =>
      reader.profile(code, { kind, value: id }, clock.now()),
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
    path: { client: clientCode },
    query: page,
    reads: 'profiles',
    replies: { 200: replies.profiles },
    client: 'first',
    asked: (client: string, query: PageQuery = {}) => ({ path: { client }, query }),
    does: ({ reader, clock }, { client: code, limit, cursor }): Page<StoredProfile> =>
      reader.profiles(code, { limit, now: clock.now(), ...defined({ cursor }) }),
    tells: ({ items, next }) => ({ profiles: items.map(profileJson), next: next ?? null }),
  }),
  /**
   * What an mbox call does to the profile store: creates what is missing, links both ids, folds pending attributes in. With
   * no id at all the visitor is a new one. Rejects with a `ZodError` for a field that is no id and for an id that the rules
   * of this client code refuse.
   *
   * @example
   * const { pcId, created } = await emulator.visit('demo', { thirdPartyId: 'C-1' });
   */
  visit: operation({
    route: 'POST /clients/{client}/visits',
    sentence: 'What an mbox call does to the profile store: creates, links, folds pending attributes in.',
    path: { client: clientCode },
    body: visitIds,
    reads: 'profiles',
    replies: { 200: replies.visit },
    client: 'first',
    isAsync: true,
    asked: (client: string, ids: VisitIds = {}) => ({ path: { client }, body: ids }),
    does: async (services, { client: code, body }): Promise<VisitResult> => {
      const { writer, options, clock } = services;
      refuseIds(services, code, namedIds(body));
      await writer.openClient(code, options.settings);
      const { pcId, thirdPartyId = body.mbox3rdPartyId } = body;
      return writer.visit({ client: code, pcId, thirdPartyId, newPcId: newPcId(services, code), now: clock.now() });
    },
    tells: ({ pcId, thirdPartyId, created }) => ({ pcId, ...defined({ thirdPartyId }), created }),
  }),
};

function* placedIds(profiles: readonly JudgedProfile[]) {
  for (const [index, { id }] of profiles.entries()) yield { ...id, place: ['profiles', index, ...id.place] };
}

function profileJson({ id, linked, modifiedAt, attributes }: StoredProfile) {
  // Without a prototype, so that an attribute may be called `__proto__`.
  const byName: Record<string, unknown> = Object.create(null);
  for (const { name, value, modifiedAt: at, layer } of attributes) {
    byName[name] = { value, modifiedAt: isoTime(at), layer };
  }
  return { ...idsJson(id, linked), modifiedAt: isoTime(modifiedAt), attributes: byName };
}
