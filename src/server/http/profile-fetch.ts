/** The profile fetch, by either id. */
import { PROFILE_NOT_FOUND_STATUS, profileNotFoundRule } from '../../protocol/rules/index.ts';
import type { KnownIdKind } from '../../protocol/vocabulary/index.ts';
import { profileJson, profileNotFoundJson } from '../../protocol/wire/index.ts';
import type { CustomerAttribute } from '../store/store.ts';
import { storedId } from '../store/well-formed.ts';
import { assertAsked, type EmulatorContext } from './emulator-env.ts';
import type { Answers } from './operation.ts';
import { jsonReply, ruleCause } from './reply.ts';
import { decodedSegment } from './resolve-client.ts';

export const fetchProfile =
  (kindOf: (c: EmulatorContext) => KnownIdKind): Answers =>
  async ({ reader, clocks, applied }, c, { client, settings }) => {
    const kind = kindOf(c);
    const call = c.get('call');
    const { pathname } = call.url;
    // As it was sent, decoded once; the router's own idea of it is decoded leniently and in part.
    const id = { kind, value: decodedSegment(pathname.slice(pathname.lastIndexOf('/') + 1)) };
    call.visitors = [storedId(id, settings)];
    await applied(client, () => assertAsked(c));
    const profile = reader.profile(client, id, clocks.now(client));
    if (profile === undefined) {
      return jsonReply(profileNotFoundJson(client, id), PROFILE_NOT_FOUND_STATUS, ruleCause(profileNotFoundRule(id)));
    }
    if (kind === 'marketingCloudVisitorId' && profile.linked !== undefined) call.visitors = [profile.linked];
    const { modifiedAt, attributes, customerAttributes = [] } = profile;
    const isShown = customerAttributes.length > 0 && settings.attributesInFetch === 'shown';
    const shown = isShown ? withCustomers(attributes, customerAttributes) : attributes;
    return jsonReply(profileJson({ client, requested: id, modifiedAt, attributes: shown }));
  };

/** ca-shows-fetch: each name once, and of a profile attribute that is called alike the customer's. */
function withCustomers(attributes: readonly CustomerAttribute[], customers: readonly CustomerAttribute[]) {
  const names = new Set(customers.map(({ name }) => name));
  return [...attributes.filter(({ name }) => !names.has(name)), ...customers];
}
