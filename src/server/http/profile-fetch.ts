/** The profile fetch, by either id. */
import {
  errFetchBadclient,
  fchClientRequired,
  ourClientCode,
  ourContentType,
  ourMessageTexts,
  PROFILE_NOT_FOUND_STATUS,
  profileNotFoundRule,
} from '../../protocol/rules/index.ts';
import type { Rejection, VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { fetchErrorJson, profileJson, profileNotFoundJson } from '../../protocol/wire/index.ts';
import { ruleCause } from './cause.ts';
import { Reply } from './reply.ts';
import type { RequestContext } from './request-env.ts';
import type { Services } from './services.ts';

export function fetchProfile({ reader, clock }: Services, c: RequestContext, kind: VisitorIdKind): Reply {
  const { url } = c.env;
  const code = url.searchParams.get('client') ?? undefined;
  const missing = fchClientRequired.decide(code);
  if (missing !== undefined) return badRequest(missing);
  const client = ourClientCode.decide(code ?? '');
  if (typeof client !== 'string') return badRequest(client);

  const id = { kind, value: lastSegment(url) };
  const profile = reader.profile(client, id, clock.now());
  if (profile === undefined) {
    return jsonReply(profileNotFoundJson(client, id), PROFILE_NOT_FOUND_STATUS, ruleCause(profileNotFoundRule(id)));
  }
  const { modifiedAt, attributes } = profile;
  return jsonReply(profileJson({ client, requested: id, modifiedAt, attributes }));
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

function badRequest(rejection: Rejection): Reply {
  const status = errFetchBadclient.decide();
  return jsonReply(fetchErrorJson(status, ourMessageTexts.decide(rejection)), status, ruleCause(rejection.rule));
}

function jsonReply(json: string, status = 200, headers: Readonly<Record<string, string>> = {}): Reply {
  const length = String(Buffer.byteLength(json));
  return new Reply(
    status,
    { 'content-type': ourContentType.decide('/rest'), 'content-length': length, ...headers },
    json,
  );
}
