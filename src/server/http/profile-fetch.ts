/** The profile fetch, by either id. */
import {
  errFetchBadclient,
  fchClientRequired,
  ourClientCode,
  ourMessageTexts,
  PROFILE_NOT_FOUND_STATUS,
  profileNotFoundRule,
} from '../../protocol/rules/index.ts';
import type { KnownIdKind, Rejection } from '../../protocol/vocabulary/index.ts';
import { fetchErrorJson, profileJson, profileNotFoundJson } from '../../protocol/wire/index.ts';
import { ruleCause } from './cause.ts';
import { jsonReply } from './json-reply.ts';
import { assertAsked, type EmulatorContext } from './emulator-env.ts';
import type { Services } from './services.ts';

export async function fetchProfile(
  { reader, clocks, applied }: Services,
  c: EmulatorContext,
  kind: KnownIdKind,
): Promise<Response> {
  const { url } = c.get('call');
  const code = fchClientRequired.decide(url.searchParams);
  if (typeof code !== 'string') return badRequest(c, code);
  const client = ourClientCode.decide(code);
  if (typeof client !== 'string') return badRequest(c, client);

  await applied(client, () => assertAsked(c));
  const id = { kind, value: lastSegment(url) };
  const profile = reader.profile(client, id, clocks.now(client));
  if (profile === undefined) {
    return jsonReply(c, profileNotFoundJson(client, id), PROFILE_NOT_FOUND_STATUS, ruleCause(profileNotFoundRule(id)));
  }
  const { modifiedAt, attributes } = profile;
  return jsonReply(c, profileJson({ client, requested: id, modifiedAt, attributes }));
}

/** The id as it was sent, decoded once; the router's own idea of it is decoded leniently and in part. */
function lastSegment({ pathname }: URL): string {
  const segment = pathname.slice(pathname.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function badRequest(c: EmulatorContext, rejection: Rejection): Response {
  const status = errFetchBadclient.decide();
  return jsonReply(c, fetchErrorJson(status, ourMessageTexts.decide(rejection)), status, ruleCause(rejection.rule));
}
