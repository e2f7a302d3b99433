/** Profiles: what is stored, what shall be there before a test begins, what an mbox call does to them, and why. */
import { z } from 'zod';
import type { VisitorId, VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { type ExplainedProfile, explainProfile, type ProfileExplanation } from '../explain/explain-profile.ts';
import { explainRow, type RowAnswer } from '../explain/explain-row.ts';
import { newPcId } from '../http/new-pc-id.ts';
import type { Page, StoredProfile, VisitResult } from '../store/store.ts';
import { isoTime } from './iso-time.ts';
import { clientCode, defined, page, type PageQuery, wholeNumber } from './judged-fields.ts';
import { operation } from './operation.ts';
import { refusal } from './refusals.ts';
import * as replies from './replies.ts';
import { type JudgedProfile, type SeedProfile, seedProfiles, seedWrites } from './seed-profile.ts';
import { type GivenVisitorId, refuseIds, visitorIdKind } from './visitor-ids.ts';

const visitorPath = { client: clientCode, kind: visitorIdKind, id: z.string({ error: 'Must be a text' }) };
const visitorAsked = (client: string, { kind, value }: GivenVisitorId) => ({ client, kind, id: value });

/** Profiles to start with come in one call. */
const SEED_BODY_BYTES_MAX = 16 * 1024 * 1024;

const visitIds = z
  .strictObject({
    pcId: z.string().optional(),
    thirdPartyId: z.string().optional(),
    mbox3rdPartyId: z.string().optional().describe('The same as thirdPartyId.'),
  })
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
    replies: { 200: replies.visit },
    client: 'first',
    isAsync: true,
    asked: (client: string, ids: VisitIds = {}) => ({ path: { client }, body: ids }),
    does: async (services, { client: code, body }): Promise<VisitResult> => {
      const { writer, options, clock } = services;
      const named = (['pcId', 'thirdPartyId', 'mbox3rdPartyId'] as const).flatMap((field) => {
        const value = body[field];
        const kind: VisitorIdKind = field === 'pcId' ? 'pcId' : 'thirdPartyId';
        return value === undefined ? [] : [{ kind, value, place: [field] }];
      });
      refuseIds(services, code, named);
      await writer.openClient(code, options.settings);
      const { pcId, thirdPartyId = body.mbox3rdPartyId } = body;
      return writer.visit({ client: code, pcId, thirdPartyId, newPcId: newPcId(services, code), now: clock.now() });
    },
    tells: ({ pcId, thirdPartyId, created }) => ({ pcId, ...defined({ thirdPartyId }), created }),
  }),
  /**
   * Which batch, row and rule wrote each attribute of a profile, or the one named; undefined where the store knows of no
   * such profile, and `kind: 'expired'` where its lifetime is over. Throws a `ZodError` for an id kind that does not exist.
   *
   * @example
   * const found = emulator.explain('demo', { kind: 'thirdPartyId', value: 'C-1' }, 'tier');
   * if (found?.kind === 'profile') console.log(found.attributes[0]?.message);
   */
  explain: operation({
    route: 'GET /clients/{client}/profiles/{kind}/{id}/explain',
    sentence: 'Which batch, row and rule wrote each attribute, and what v2 batches took away.',
    path: visitorPath,
    query: { attribute: z.string().min(1).optional().describe('Only this attribute.') },
    reads: 'profiles',
    replies: { 200: replies.profileExplanation },
    client: 'first',
    asked: (client: string, id: GivenVisitorId, attribute?: string) => ({
      path: visitorAsked(client, id),
      query: { attribute },
    }),
    does: ({ reader, clock }, { client: code, kind, id, attribute }): ProfileExplanation | undefined =>
      explainProfile(reader, { client: code, id: { kind, value: id }, now: clock.now(), attribute }),
    tells: (found, _, { client: code, kind, id }) => {
      if (found === undefined) return noProfile(code, kind);
      if (found.kind === 'profile') return explanationJson({ ...found, id: { kind, value: id } });
      const message = `this profile was last active at ${isoTime(found.activeAt)}, and its lifetime is over (life-14d).`;
      return refusal(404, 'expired-profile', message);
    },
  }),
  /**
   * What a row of a batch did and why, and what is left of what it wrote; rows count from 1. `'unknown-batch'` or
   * `'unknown-row'` where there is none. Throws a `ZodError` where `row` is no row number.
   *
   * @example
   * const found = emulator.explainRow(batchId, 3);
   * if (typeof found !== 'string') console.log(found.message, found.rule);
   */
  explainRow: operation({
    route: 'GET /batches/{batchId}/rows/{row}',
    sentence: 'One row: its cells as read, what became of it and why, and what is left of what it wrote.',
    path: { batchId: z.string(), row: wholeNumber(1, 999_999_999, 'Must be a row number, from 1') },
    replies: { 200: replies.rowExplanation },
    asked: (batchId: string, row: number) => ({ path: { batchId, row } }),
    does: ({ reader, clock }, { batchId, row }): RowAnswer => explainRow(reader, batchId, row, clock.now()),
    tells: (found) => {
      if (found === 'unknown-batch') return refusal(404, found, 'there is no batch with this id.');
      if (found === 'unknown-row') return refusal(404, found, 'the batch has no row of this number.');
      const { id, outcome, rule, column, cells, cellCount, attributes, ...rest } = found;
      return {
        ...rest,
        id: id ?? null,
        outcome: outcome ?? null,
        rule: rule ?? null,
        ...defined({ column }),
        cells: cells?.map((cell) => ({ ...cell, name: cell.name ?? null, value: cell.value ?? null })) ?? null,
        cellCount: cellCount ?? null,
        attributes:
          attributes?.map(({ by, ...attribute }) => ({
            ...attribute,
            ...defined({ by: by && { batchId: by.batchId ?? null, row: by.row ?? null } }),
          })) ?? null,
      };
    },
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

function explanationJson({ id, linked, modifiedAt, attributes, overridden, rules }: ExplainedProfile) {
  return {
    ...idsJson(id, linked),
    modifiedAt: isoTime(modifiedAt),
    attributes: attributes.map((attribute) => ({
      ...attribute,
      modifiedAt: isoTime(attribute.modifiedAt),
      batchId: attribute.batchId ?? null,
      row: attribute.row ?? null,
      rule: attribute.rule ?? null,
    })),
    overridden: overridden.map((attribute) => ({ ...attribute, batchId: attribute.batchId ?? null })),
    rules,
  };
}

const idsJson = (id: VisitorId, linked: VisitorId | undefined) => ({
  [id.kind]: id.value,
  ...(linked !== undefined && { [linked.kind]: linked.value }),
});

const noProfile = (client: string, kind: VisitorIdKind) =>
  refusal(404, 'unknown-profile', `${client} has no profile with this ${kind}.`);
