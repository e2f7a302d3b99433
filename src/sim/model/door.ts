/** What a request is refused for before its file or its parameters are looked at, and the status that goes with a refusal. */
import { CALLS_PER_MINUTE_MAX, type RuleId, type Settings } from '../../protocol/vocabulary/index.ts';

export interface ModelRequest {
  readonly method: string;
  /** The client code in the path. */
  readonly pathClient: string;
  /** In lower case, X where the host is `X.tt.omtrdc.net` and no edge. */
  readonly hostClient: string | undefined;
  readonly contentEncoding: string | undefined;
  /** When this client's earlier submissions were let through. */
  readonly callTimes: readonly number[];
  /** Batches that wait, and as many as may. */
  readonly waiting: number;
  readonly waitingMax: number;
  readonly now: number;
}

export function refusalAtTheDoor(request: ModelRequest, settings: Settings): RuleId | undefined {
  // ep-post-only
  if (request.method !== 'POST') return 'ep-post-only';
  // our-client-mismatch: a host name has no case; the host's code must be the path's, but for the literal word (ep-literal-client).
  const { hostClient, pathClient } = request;
  const differs = hostClient !== undefined && pathClient !== 'client' && pathClient.toLowerCase() !== hostClient;
  if (differs && settings.clientMismatch === 'refuse') return 'our-client-mismatch';
  // body-compress: not mentioned anywhere, so refused.
  if (request.contentEncoding !== undefined && request.contentEncoding !== 'identity') return 'body-compress';
  // lim-calls-min, our-rate-window: the calls of the last 60 seconds, those beyond it not counted.
  const recent = request.callTimes.filter((time) => request.now - time < 60_000).length;
  if (settings.rateLimit !== 'off' && recent >= CALLS_PER_MINUTE_MAX) return 'err-rate-503';
  // our-queue-bound
  if (request.waiting >= request.waitingMax) return 'our-queue-bound';
  return undefined;
}

/** our-rejection-status: refused in-band, unless the transport has a code of its own. */
export const httpStatusOf = (rule: RuleId, settings: Settings) => TRANSPORT_CODES[rule] ?? settings.rejectionStatus;

const TRANSPORT_CODES: { readonly [Rule in RuleId]?: number } = {
  'ep-post-only': 405,
  'lim-file-size': 413,
  // err-rate-503; lim-single-rate: not stated, so alike
  'err-rate-503': 503,
  'lim-single-rate': 503,
  'our-queue-bound': 503,
  // err-auth-403: whatever the reading
  'err-auth-403': 403,
  'our-unknown-batch': 404,
};

/** body-ctype-form: any other type is noted, or by setting refused. */
export const isOddContentType = (contentType: string | undefined): boolean =>
  contentType !== undefined && !/^\s*application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType);

/** our-client-code: letters, digits, `-` and `_`, 64 at most. */
export const refusedCode = (client: string) =>
  /^[A-Za-z0-9_-]{1,64}$/.test(client) ? undefined : ('our-client-code' as const);
