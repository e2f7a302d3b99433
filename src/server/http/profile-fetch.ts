/** The profile fetch, by either id. */
import { fchClientRequired, ourClientCode, ourContentType, ourMessageTexts } from '../../protocol/rules/index.ts';
import type { Rejection, VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { fetchErrorJson, profileJson, profileNotFoundJson } from '../../protocol/wire/index.ts';
import { ruleCause } from './cause.ts';
import type { RequestContext } from './request-env.ts';
import type { Services } from './services.ts';

export function fetchProfile({ reader, clock }: Services, c: RequestContext, kind: VisitorIdKind): Response {
  const url = new URL(c.req.url);
  const code = url.searchParams.get('client') ?? undefined;
  const missing = fchClientRequired.decide(code);
  if (missing !== undefined) return badRequest(missing);
  const client = ourClientCode.decide(code ?? '');
  if (typeof client !== 'string') return badRequest(client);

  const id = { kind, value: lastSegment(url) };
  const profile = reader.profile(client, id, clock.now());
  if (profile === undefined) {
    const cause = ruleCause(kind === 'pcId' ? 'err-fetch-404-pc' : 'err-fetch-404-3rd');
    return jsonReply(profileNotFoundJson(client, id), 404, cause);
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

/** err-fetch-badclient. */
function badRequest(rejection: Rejection): Response {
  return jsonReply(fetchErrorJson(400, ourMessageTexts.decide(rejection)), 400, ruleCause(rejection.rule));
}

function jsonReply(json: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(json, { status, headers: { 'content-type': ourContentType.decide('/rest'), ...headers } });
}
