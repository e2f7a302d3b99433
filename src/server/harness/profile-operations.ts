/** Profiles: what is stored, what shall be there before a test begins, and what an mbox call does to them. */
import { z } from 'zod';
import { newPcId } from '../http/new-ids.ts';
import type { Page, StoredProfile, VisitResult } from '../store/store.ts';
import { ofClient, page, type PageQuery } from './judged-fields.ts';
import { once } from '../runtime/once.ts';
import { operation } from './operation.ts';
import * as replies from './replies.ts';
import { attributesJson } from './source-operations.ts';
import {
  inTurns,
  type JudgedProfile,
  judgedProfiles,
  profileList,
  type SeedProfile,
  seedWrites,
} from './seed-profile.ts';
import { defined, isoTime } from './as-json.ts';
import {
  carried,
  foundOrRefused,
  idsJson,
  namedIdShape,
  namedIds,
  noProfile,
  refuseIds,
  ofVisitor,
} from './visitor-ids.ts';

const visitIds = once(() =>
  z
    .strictObject({
      ...namedIdShape(),
      marketingCloudVisitorId: carried().min(1).optional().describe('The ECID.'),
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
    takes: () => ({ ...ofClient.takes(), body: z.strictObject({ profiles: profileList() }) }),
    reads: 'profiles',
    replies: { 200: replies.seeded },
    asked: (client: string, profiles: readonly SeedProfile[]) => ({ path: { client }, body: { profiles } }),
    does: async (services, { client, body }): Promise<void> => {
      const { writer, options, clocks } = services;
      const profiles = await judgedProfiles(body.profiles);
      refuseIds(services, client, placedIds(profiles));
      // Also where nobody has a profile in it.
      if (profiles.length === 0) await writer.openClient(client, options.settings);
      const now = clocks.now(client);
      await inTurns(profiles, (some) => writer.seedProfiles(seedWrites(client, some, now), options.settings));
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
      const { client, kind, id: value } = asked;
      const found = services.reader.profile(client, { kind, value }, services.clocks.now(client));
      return foundOrRefused(found, services, asked);
    },
    absent: noProfile,
    tells: profileJson,
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
    asked: (client: string, query: PageQuery = {}) => ({ path: { client }, query }),
    does: ({ reader, clocks }, { client, ...query }): Page<StoredProfile> =>
      reader.profiles(client, { ...query, now: clocks.now(client) }),
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
    asked: (client: string, ids: VisitIds = {}) => ({ path: { client }, body: ids }),
    does: async (services, { client, body }): Promise<VisitResult> => {
      const { writer, options, clocks } = services;
      refuseIds(services, client, namedIds(body));
      const { pcId, marketingCloudVisitorId, thirdPartyId = body.mbox3rdPartyId } = body;
      const ids = { pcId, thirdPartyId, marketingCloudVisitorId };
      const customer = { thirdPartyId, customerIds: [] };
      const visit = { client, ...ids, customer, newPcId: newPcId(services, client), now: clocks.now(client) };
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
    does: async (services, asked): Promise<boolean> => {
      const { client, kind, id: value } = asked;
      const deleted = await services.writer.deleteVisitor(client, { kind, value }, services.clocks.now(client));
      return foundOrRefused(deleted, services, asked);
    },
    absent: noProfile,
    tells: (deleted) => ({ deleted }),
  }),
};

function* placedIds(profiles: readonly JudgedProfile[]) {
  for (const [index, { id }] of profiles.entries()) yield { ...id, place: ['profiles', index, ...id.place] };
}

function profileJson({ id, linked, modifiedAt, attributes, customerAttributes }: StoredProfile) {
  const ofCustomer = customerAttributes && attributesJson(customerAttributes);
  const told = { ...idsJson(id, linked), modifiedAt: isoTime(modifiedAt), attributes: attributesJson(attributes) };
  return { ...told, ...defined({ customerAttributes: ofCustomer }) };
}
