/** The profile fetch, by either id. */
import {
  errFetchBadclient,
  ourMessageTexts,
  ourRejectionStatus,
  PROFILE_NOT_FOUND_STATUS,
  profileNotFoundRule,
} from '../../protocol/rules/index.ts';
import type { KnownIdKind, Rejection } from '../../protocol/vocabulary/index.ts';
import { fetchErrorJson, profileJson, profileNotFoundJson } from '../../protocol/wire/index.ts';
import type { CustomerAttribute } from '../store/store.ts';
import { storedId } from '../store/well-formed.ts';
import { refusedAccess } from './access.ts';
import { ruleCause } from './cause.ts';
import { decodedSegment } from './operation.ts';
import { remedyFor } from './remedies.ts';
import { jsonReply } from './reply.ts';
import { assertAsked, type EmulatorContext } from './emulator-env.ts';
import type { Services } from './services.ts';

export async function fetchProfile(services: Services, c: EmulatorContext, kind: KnownIdKind): Promise<Response> {
  const { reader, clocks, applied } = services;
  const call = c.get('call');
  const account = c.get('account');
  if (account.kind === 'refused') return refuse(c, account.rejection);
  const { client, settings } = account;
  const denied = refusedAccess(services, c, client, settings);
  if (denied !== undefined) return refuse(c, denied, ourRejectionStatus.decide(denied, 200));

  const id = { kind, value: lastSegment(call.url) };
  call.visitors = [storedId(id, settings)];
  await applied(client, () => assertAsked(c));
  const profile = reader.profile(client, id, clocks.now(client));
  if (profile === undefined) {
    return jsonReply(c, profileNotFoundJson(client, id), PROFILE_NOT_FOUND_STATUS, ruleCause(profileNotFoundRule(id)));
  }
  if (kind === 'marketingCloudVisitorId' && profile.linked !== undefined) call.visitors = [profile.linked];
  const { modifiedAt, attributes, customerAttributes = [] } = profile;
  const isShown = customerAttributes.length > 0 && settings.attributesInFetch === 'shown';
  const shown = isShown ? withCustomers(attributes, customerAttributes) : attributes;
  return jsonReply(c, profileJson({ client, requested: id, modifiedAt, attributes: shown }));
}

/** ca-shows-fetch: each name once, and of a profile attribute that is called alike the customer's. */
function withCustomers(attributes: readonly CustomerAttribute[], customers: readonly CustomerAttribute[]) {
  const names = new Set(customers.map(({ name }) => name));
  return [...attributes.filter(({ name }) => !names.has(name)), ...customers];
}

/** The id as it was sent, decoded once; the router's own idea of it is decoded leniently and in part. */
function lastSegment({ pathname }: URL): string {
  return decodedSegment(pathname.slice(pathname.lastIndexOf('/') + 1));
}

function refuse(c: EmulatorContext, rejection: Rejection, status = errFetchBadclient.decide()): Response {
  const call = c.get('call');
  call.refusal = rejection.message;
  call.remedy = remedyFor(rejection.rule);
  return jsonReply(c, fetchErrorJson(status, ourMessageTexts.decide(rejection)), status, ruleCause(rejection.rule));
}
