/** A visitor's id as callers of the harness give it: judged by the rules of the client code it is of. */
import { z } from 'zod';
import { ourUndecodable, refusedId } from '../../protocol/rules/index.ts';
import type { ClientCode, KnownId, KnownIdKind, VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import type { Services } from '../http/services.ts';
import { clientCode } from './judged-fields.ts';
import { once } from '../runtime/once.ts';
import type { Told } from './operation.ts';
import { refuseInput } from '../input-issues.ts';
import { ISSUES_MAX, refusal } from './refusals.ts';

/** Every word for an id that leads to a profile, as it stands in paths and requests: tntId and mbox3rdPartyId are names of parameters. */
const KINDS = {
  pcId: 'pcId',
  thirdPartyId: 'thirdPartyId',
  mbox3rdPartyId: 'thirdPartyId',
  tntId: 'pcId',
  marketingCloudVisitorId: 'marketingCloudVisitorId',
} as const satisfies Readonly<Record<string, KnownIdKind>>;

const kindOf = <const Words extends readonly (keyof typeof KINDS)[]>(words: Words, error: string) =>
  z.enum(words, { error }).transform((word): (typeof KINDS)[Words[number]] => KINDS[word]);
const NAMED_KINDS = ['pcId', 'thirdPartyId', 'mbox3rdPartyId'] as const;
export const visitorIdKind = once(() => kindOf(NAMED_KINDS, 'Must be pcId or thirdPartyId'));
const knownIdKind = once(() =>
  kindOf([...NAMED_KINDS, 'tntId', 'marketingCloudVisitorId'], 'Must be pcId, thirdPartyId or marketingCloudVisitorId'),
);

/** our-undecodable: two texts with half a surrogate pair would be stored as one. */
export const CARRIED = 'Must be a text that UTF-8 can carry';
export const carried = (error?: string) => z.string(error).refine((text) => !ourUndecodable.decide(text), CARRIED);

/** A visitor's id. `mbox3rdPartyId` is understood as `thirdPartyId`; another kind is refused. */
export interface GivenVisitorId {
  readonly kind: VisitorIdKind | 'mbox3rdPartyId';
  readonly value: string;
}

/** An id to look a profile up by: `tntId` is understood as `pcId`, `marketingCloudVisitorId` is the ECID. */
export interface GivenKnownId {
  readonly kind: keyof typeof KINDS;
  readonly value: string;
}

/** An id and the place where it was given. */
export interface PlacedId {
  readonly kind: VisitorIdKind;
  readonly value: string;
  readonly place: readonly (string | number)[];
}

/** What is more than an id goes along under a name of its own, to be refused. */
export function visitorAsked(client: string, given: GivenKnownId | null | undefined): object {
  const { kind, value, ...more }: Partial<GivenKnownId> = given ?? {};
  const strange = Object.entries(more).map(([name, content]) => [`id.${name}`, content]);
  return { ...Object.fromEntries(strange), client, kind, id: value };
}

/** An operation on whom a path speaks of: `/clients/{client}/profiles/{kind}/{id}`. */
export const ofVisitor = {
  takes: once(() => ({
    path: { client: clientCode(), kind: knownIdKind(), id: carried('Must be a text') },
  })),
  asked: (client: string, id: GivenKnownId) => ({ path: visitorAsked(client, id) }),
} as const;

type OfVisitor = z.output<z.ZodObject<ReturnType<typeof ofVisitor.takes>['path']>>;

/** An id by the name of its parameter. */
export const namedIdShape = once(() => ({
  pcId: carried().optional(),
  thirdPartyId: carried().optional(),
  mbox3rdPartyId: carried().optional().describe('The same as thirdPartyId.'),
}));

export function namedIds(given: z.output<z.ZodObject<ReturnType<typeof namedIdShape>>>): readonly PlacedId[] {
  return NAMED_KINDS.flatMap((field) => {
    const value = given[field];
    return value === undefined ? [] : [{ kind: KINDS[field], value, place: [field] }];
  });
}

/** Refuses those that the rules of this client code do not allow, each at its place. */
export function refuseIds(
  { reader, options }: Services,
  client: ClientCode,
  ids: Iterable<KnownId & Pick<PlacedId, 'place'>>,
): void {
  const { illegalIds } = reader.client(client)?.settings ?? options.settings;
  const issues = [];
  for (const { kind, value, place } of ids) {
    const rule = refusedId(kind, value, illegalIds);
    if (rule !== undefined) issues.push({ path: place, message: `Refused by rule ${rule}` });
    if (issues.length === ISSUES_MAX) break;
  }
  if (issues.length > 0) refuseInput(...issues);
}

/** Refuses an id that found nothing because nothing can have it: what was stored by other readings is still found. */
export function foundOrRefused<Found>(found: Found, services: Services, { client, kind, id }: OfVisitor): Found {
  if (found === undefined || found === false) refuseIds(services, client, [{ kind, value: id, place: ['id'] }]);
  return found;
}

export const idsJson = (...ids: readonly (KnownId | undefined)[]) =>
  Object.fromEntries(ids.flatMap((id) => (id === undefined ? [] : [[id.kind, id.value]])));

export const noProfile = ({ client, kind }: OfVisitor): Told =>
  refusal(404, 'unknown-profile', `${client} has no profile with this ${kind}.`);
