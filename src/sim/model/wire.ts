/** One request in, one reply out, byte for byte: the emulated API as a socket would carry it. */
import {
  BATCH_STATUS_KEPT_MS,
  BATCH_STATUSES_KEPT_TT,
  THIRD_PARTY_ID_LENGTH_MAX,
} from '../../protocol/vocabulary/index.ts';
import type { Api, KnownIdKind, RuleId, Settings } from '../../protocol/vocabulary/index.ts';
import { isSessionId, isTooLargeForDelivery, judgeCall, readDelivery, readMboxCall } from './delivery.ts';
import type { ModelCall } from './delivery.ts';
import { httpStatusOf, isOddContentType, refusalAtTheDoor } from './door.ts';
import type { Model, ModelBatch } from './model.ts';
import * as replies from './replies.ts';
import { isTooLarge, readSingleUpdate } from './single-update.ts';
import { tokenBook, tokenOf } from './tokens.ts';

export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  /** ep-http2: names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  /** By how much its client's clock is ahead of everybody's. */
  readonly aheadMs?: number;
}

export interface WireReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** The rule behind a refusal, or behind an update without effect. */
  readonly cause: RuleId | undefined;
}

export interface WireOptions {
  readonly defaults: Settings;
  readonly pace: 'immediate' | 'realistic' | 'manual';
  readonly waitingMax: number;
}

export interface Wire {
  /**
   * Undefined where the API has no such address. `batchNumber` ends the id of a batch that is made now, `newPcId` is used
   * where a visitor needs one, `newToken` where a token is issued.
   */
  answer(
    request: WireRequest,
    now: number,
    batchNumber: number,
    newPcId?: string,
    newToken?: string,
  ): WireReply | undefined;
  /** The client code is gone, and its tokens and counts with it. */
  dropClient(client: string): void;
}

export function createWire(model: Model, { defaults, pace, waitingMax }: WireOptions): Wire {
  /** By client: when calls were let through. */
  const callTimes = new Map<string, readonly number[]>();
  /** In the order of acceptance. */
  const accepted: { readonly client: string; readonly batchId: string }[] = [];
  const tokens = tokenBook();
  /** By client: when single updates were let through. */
  const updateTimes = new Map<string, readonly number[]>();
  /** By batch: how often its status was asked for. */
  const looks = new Map<string, number>();

  const settingsOf = (client: string) => model.settings(client) ?? defaults;
  /** our-unknown-client */
  const isUnknown = (client: string) => model.settings(client) === undefined && defaults.unknownClients === 'refuse';
  /** What a token, or its lack, refuses. */
  const denied = (client: string, { headers }: WireRequest, now: number): RuleId | undefined =>
    tokens.judged(client, headers, settingsOf(client), now) && 'err-auth-403';

  /** What the door needs to know of a call. */
  const atTheDoor = ({ method, url, headers, aheadMs = 0 }: WireRequest, pathClient: string, now: number) => {
    const waiting = accepted.filter(({ batchId }) => model.status(batchId)?.status === 'incomplete');
    const hostClient = clientOfHost(url.hostname);
    // ep-literal-client: `client` means the client of the host, where the host has one.
    // our-client-mismatch: or the host wins by setting, that of the path's client; case makes no difference.
    const hostWins =
      settingsOf(pathClient).clientMismatch === 'host-wins' && pathClient.toLowerCase() !== hostClient?.toLowerCase();
    const client = hostClient !== undefined && (pathClient === 'client' || hostWins) ? hostClient : pathClient;
    // lim-calls-per-user, our-rate-window: by setting whoever calls, and here that is one.
    const isOfClient = settingsOf(client).rateKey === 'client';
    const caller = isOfClient ? client : 'the sender of all';
    const door = {
      method,
      pathClient,
      hostClient,
      contentEncoding: headers.get('content-encoding'),
      callTimes: callTimes.get(caller) ?? [],
      waiting: waiting.length,
      waitingMax,
      // A sender speaks for many clients, and lives by the clock of all.
      now: isOfClient ? now : now - aheadMs,
    };
    return {
      client,
      caller,
      door,
    };
  };

  const submit = (request: WireRequest, pathClient: string, api: Api, now: number, batchNumber: number): WireReply => {
    const { client, caller, door } = atTheDoor(request, pathClient, now);
    const settings = settingsOf(client);
    // our-unknown-client: who is not known is not counted either.
    const isRefused = isUnknown(client);
    const rule = refusalAtTheDoor(door, settings);
    // err-auth-403: before the calls are counted, and before the body is looked at.
    const isDoor = rule === 'ep-post-only' || rule === 'our-client-mismatch' || refusedCode(client) !== undefined;
    const token = isDoor || isRefused ? undefined : denied(client, request, now);
    if (token !== undefined) return refused(token, settings);
    if (rule !== undefined && !isRefused) return refused(rule, settings);
    callTimes.set(caller, [...door.callTimes, door.now]);
    const batchId = batchIdOf(client, now, batchNumber);
    // body-ctype-form
    const type = request.headers.get('content-type');
    if (settings.contentTypes === 'form' && (type === undefined || isOddContentType(type)))
      return refused('err-batch-missing', settings);
    const notes: RuleId[] = isOddContentType(type) ? ['body-ctype-form'] : [];
    // auth-header-bearer: the older header is taken, and noted where tokens are looked at.
    const isOlder = request.headers.has('access_token') && !request.headers.has('authorization');
    if (isOlder && settings.authentication !== 'off') notes.push('auth-header-bearer');
    const submission = model.submit(client, api, request.body, batchId, notes);
    if (submission.kind === 'rejection') return refused(submission.rule, settings);
    accepted.push({ client, batchId });
    // our-link-host, res-url-scheme: the scheme of the submission, and its host or an edge.
    const { protocol, host } = request.url;
    const origin = `${protocol}//${settings.linkHost === 'edge' ? 'mboxedge28.tt.omtrdc.net' : host}`;
    const link = replies.statusLink(origin, client, batchId, settings.statusShape);
    return xmlReply(replies.acceptedReply(link));
  };

  const status = (request: WireRequest, pathClient: string, now: number): WireReply => {
    const { client, caller, door } = atTheDoor({ ...request, method: 'POST', headers: new Map() }, pathClient, now);
    const settings = settingsOf(client);
    const counts = settings.rateLimit === 'submissions-and-status';
    const atDoor = (times: readonly number[]) =>
      refusalAtTheDoor({ ...door, waiting: 0, callTimes: times }, settings) ?? refusedCode(client);
    // err-auth-403: before the calls are counted.
    const token = atDoor([]) === undefined ? denied(client, request, now) : undefined;
    const rule = token ?? atDoor(counts ? door.callTimes : []);
    if (rule !== undefined) return refused(rule, settings);
    if (counts) callTimes.set(caller, [...door.callTimes, door.now]);
    // ep-status-v1-legacy: other parameters mean nothing.
    const { searchParams } = request.url;
    const batchId = searchParams.get('batchId') ?? '';
    const batch = knownBatch(client, batchId, settings, now);
    if (batch === undefined) {
      const unknown = 'our-unknown-batch';
      return xmlReply(replies.unknownBatchReply(batchId, replies.refusalText(unknown)), 404, unknown);
    }
    const before = looks.get(batchId) ?? 0;
    looks.set(batchId, before + 1);
    const shown = replies.isShownIncomplete(pace, before) ? untouched(batch) : batch;
    // ep-status-details
    const showDetails = searchParams.get('showDetails') === 'true';
    return xmlReply(replies.statusReply(batchId, shown, settings, showDetails, (row) => batch.ids[row - 1]!));
  };

  /** auth-token-api, ep-token */
  const issue = ({ method, url, headers }: WireRequest, client: string, now: number, fresh: string): WireReply => {
    const asked = tokens.asked({ method, url, headers }, client, now, fresh, {
      isUnknown: isUnknown(client),
      open: () => model.writeSettings(client, settingsOf(client)),
      isCode: refusedCode(client) === undefined,
    });
    return { ...asked, contentType: replies.TOKEN_TYPE };
  };

  const knownBatch = (client: string, batchId: string, { statusShape }: Settings, now: number) => {
    const batch = model.status(batchId);
    // our-unknown-batch: another client's is as unknown as none.
    if (batch === undefined || batch.client !== client) return undefined;
    // lim-batches-kept: in `tt` only the latest 10 of a client.
    const own = accepted.filter((each) => each.client === client).slice(-BATCH_STATUSES_KEPT_TT);
    if (statusShape === 'tt' && !own.some((each) => each.batchId === batchId)) return undefined;
    // lim-batches-kept: for 24 hours after it completed.
    const { completedAt } = batch;
    return completedAt !== undefined && now - completedAt > BATCH_STATUS_KEPT_MS ? undefined : batch;
  };

  const update = (request: WireRequest, pathClient: string, now: number, batchNumber: number): WireReply => {
    const { client, door } = atTheDoor({ ...request, method: 'POST', headers: new Map() }, pathClient, now);
    const settings = settingsOf(client);
    const { method, url, body } = request;
    const refuse = (cause: RuleId) =>
      xmlReply(replies.updateRefusedReply(replies.refusalText(cause)), httpStatusOf(cause, settings), cause);
    const atDoor = refusalAtTheDoor({ ...door, waiting: 0, callTimes: [] }, settings) ?? refusedCode(client);
    const rule = atDoor ?? denied(client, request, now);
    if (rule !== undefined) return refuse(rule);
    // lim-single-size: query and body as sent.
    const query = url.search.slice(1);
    const form = method === 'GET' ? '' : new TextDecoder().decode(body);
    if (isTooLarge(method as 'GET' | 'POST', query.length + (method === 'GET' ? 0 : body.length)))
      return refuse('lim-single-size');
    // sgl-post-query: query and body count together.
    const named = readSingleUpdate([...new URLSearchParams(query), ...new URLSearchParams(form)]);
    if (named === undefined) return refuse('sgl-params');
    // lim-single-rate: those of this hour and the 23 before, none of an hour to come; what is refused does not count.
    const hoursAgo = (time: number) => Math.floor(now / 3_600_000) - Math.floor(time / 3_600_000);
    const times = (updateTimes.get(client) ?? []).filter((time) => hoursAgo(time) >= 0 && hoursAgo(time) < 24);
    if (times.length >= settings.singleUpdatesPerDay) return refuse('lim-single-rate');
    updateTimes.set(client, [...times, now]);
    // key-3rd-len, key-3rd-chars: done all the same, and noted; then sgl-unencoded-values.
    const { kind, value } = named.id;
    const isJudged = kind === 'thirdPartyId' && settings.illegalIds === 'fail';
    const isLong = isJudged && Array.from(value).length > THIRD_PARTY_ID_LENGTH_MAX;
    const isOdd = isJudged && /[+/]/.test(value);
    const stray = named.hasStray ? 'sgl-unencoded-values' : undefined;
    const note = isLong ? 'key-3rd-len' : isOdd ? 'key-3rd-chars' : stray;
    // empty-only-skipped: nothing but empty values is no update.
    if (named.values.length === 0) return xmlReply(replies.UPDATED_REPLY, 200, note);
    // sgl-latency: at the pace of the batches, where anybody has used the client code.
    let found = model.fetch(client, named.id, now) !== undefined;
    if (pace === 'immediate' || model.settings(client) === undefined)
      found = model.update(client, named.id, named.values, now);
    else {
      const batchId = batchIdOf(client, now, batchNumber);
      model.updateLater(client, named.id, named.values, batchId);
      accepted.push({ client, batchId });
    }
    // our-single-miss: the answer is the same.
    return xmlReply(replies.UPDATED_REPLY, 200, found ? note : 'our-single-miss');
  };

  const fetch = (request: WireRequest, kind: KnownIdKind, segment: string, now: number): WireReply => {
    const { searchParams } = request.url;
    const client = searchParams.get('client') || (searchParams.get('clientcode') ?? '');
    // fch-client-required, our-client-code; err-fetch-badclient: a bad request, whatever the readings.
    const rule = client === '' ? 'fch-client-required' : refusedCode(client);
    if (rule !== undefined) return jsonReply(replies.fetchRefusedReply(400, replies.refusalText(rule)), 400, rule);
    const token = denied(client, request, now);
    if (token !== undefined) return jsonReply(replies.fetchRefusedReply(403, replies.refusalText(token)), 403, token);
    const id = { kind, value: decodedOnce(segment) };
    const view = model.told(client, id, now);
    if (view !== undefined) return jsonReply(replies.fetchedReply(client, id, view));
    const causes = { pcId: 'err-fetch-404-pc', thirdPartyId: 'err-fetch-404-3rd' } as const;
    // our-fetch-ecid
    const cause = kind === 'marketingCloudVisitorId' ? 'our-fetch-ecid' : causes[kind];
    return jsonReply(replies.noProfileReply(client, id), 404, cause);
  };

  const deliver = (client: string, call: ModelCall | undefined, now: number, newPcId: string): WireReply => {
    if (call === undefined) return deliveryRefused('err-delivery-400');
    const settings = settingsOf(client);
    const caller = judgeCall(call, settings);
    if ('refusal' in caller) return deliveryRefused(caller.refusal);
    // mrg-sdk-hop: by setting with a hint, and an edge to go to.
    const isEdge = settings.edgeHost === 'edge';
    const visited = model.visit(client, { ...caller, newPcId: isEdge ? `${newPcId}.28_0` : newPcId }, now);
    const edgeHost = isEdge ? 'mboxedge28.tt.omtrdc.net' : 'localhost';
    // ca-shows-response: by setting.
    const id = { kind: 'pcId', value: visited.pcId } as const;
    const shown = settings.attributeTokens === 'on' ? model.customers(client, id, now) : [];
    const reply = { call, client, tntId: visited.pcId, edgeHost, tokens: shown };
    return jsonReply(call.via === 'mbox' ? replies.mboxReply(reply) : replies.deliveryReply(reply), 200, caller.note);
  };

  /** What a call is refused for before it is read. */
  const deliveryDoor = (client: string | undefined, sessionId: string): RuleId | undefined => {
    // our-delivery-client
    if (client === undefined) return 'our-delivery-client';
    const code = refusedCode(client);
    if (code !== undefined) return code;
    if (isUnknown(client)) return 'our-unknown-client';
    return isSessionId(sessionId) ? undefined : 'dlv-session-form';
  };

  const delivery = ({ url, body }: WireRequest, now: number, newPcId: string): WireReply => {
    // our-delivery-client: the query's, the organisation's, the host's.
    const label = url.searchParams.get('imsOrgId')?.split('@')[0] ?? '';
    const known = model.settings(label) === undefined ? clientOfHost(url.hostname) : label;
    const client = url.searchParams.get('client') || known;
    const sessionId = url.searchParams.get('sessionId') ?? '';
    const rule = deliveryDoor(client, sessionId);
    if (rule !== undefined) return deliveryRefused(rule);
    if (isTooLargeForDelivery(body.length)) return deliveryRefused('lim-delivery-body', 413);
    return deliver(client!, readDelivery(new TextDecoder().decode(body), sessionId), now, newPcId);
  };

  const mbox = ({ method, url, body }: WireRequest, pathClient: string, now: number, newPcId: string): WireReply => {
    const form = method === 'GET' ? '' : new TextDecoder().decode(body);
    const call = readMboxCall([...url.searchParams, ...new URLSearchParams(form)]);
    const hostClient = clientOfHost(url.hostname);
    const client = pathClient === 'client' && hostClient !== undefined ? hostClient : pathClient;
    // our-client-mismatch
    const differs = hostClient !== undefined && client.toLowerCase() !== hostClient;
    if (differs && settingsOf(client).clientMismatch === 'refuse') return deliveryRefused('our-client-mismatch');
    const rule = deliveryDoor(client, call.sessionId);
    return rule === undefined ? deliver(client, call, now, newPcId) : deliveryRefused(rule);
  };

  return {
    answer(request, now, batchNumber, newPcId = `model-${batchNumber}`, newToken = tokenOf(batchNumber)) {
      const { method, url } = request;
      const [, tenant] = /^\/([^/]+)\/target\/authentication\/token$/.exec(url.pathname) ?? [];
      if (tenant !== undefined) return issue(request, tenant, now, newToken);
      // ep-delivery, ep-mbox-json
      if (url.pathname === '/rest/v1/delivery') return method === 'POST' ? delivery(request, now, newPcId) : undefined;
      const [, mboxClient] = /^\/m2\/([^/]+)\/mbox\/json$/.exec(url.pathname) ?? [];
      if (mboxClient !== undefined) return mbox(request, decodedOnce(mboxClient), now, newPcId);
      // ep-v1-submit, ep-v2-submit, ep-status-current, ep-status-v2-legacy, ep-single
      const [, code, v2, action] = /^\/m2\/([^/]+)\/(v2\/)?profile\/(\w+)$/.exec(url.pathname) ?? [];
      if (code !== undefined) {
        const pathClient = decodedOnce(code);
        if (action === 'batchUpdate')
          return submit(request, pathClient, v2 === undefined ? 'v1' : 'v2', now, batchNumber);
        if (action === 'batchStatus' && method === 'GET') return status(request, pathClient, now);
        if (action === 'update' && v2 === undefined && (method === 'GET' || method === 'POST'))
          return update(request, pathClient, now, batchNumber);
        return undefined;
      }
      // ep-fetch-3rd, ep-fetch-tnt, ep-fetch-ecid
      const [, kind, id] =
        /^\/rest\/v1\/profiles\/(?:(thirdPartyId|marketingCloudVisitorId)\/)?([^/]+)$/.exec(url.pathname) ?? [];
      if (id === undefined || method !== 'GET') return undefined;
      return fetch(request, (kind ?? 'pcId') as KnownIdKind, id, now);
    },
    dropClient(client) {
      tokens.drop(client);
      updateTimes.delete(client);
    },
  };
}

/** err-delivery-400 */
function deliveryRefused(rule: RuleId, status = 400): WireReply {
  return jsonReply(replies.deliveryRefusedReply(status, rule), status, rule);
}

/** our-rejection-status, res-submit-fail. */
function refused(rule: RuleId, settings: Settings): WireReply {
  return xmlReply(replies.refusedReply(replies.refusalText(rule)), httpStatusOf(rule, settings), rule);
}

/** our-first-incomplete: as if no row had been looked at. */
function untouched(batch: ModelBatch): ModelBatch {
  const none = { consumedCount: 0, successfulUpdates: 0, profilesNotFound: 0, failedUpdates: 0, ignoredRows: 0 };
  return { ...batch, ...none, status: 'incomplete', results: new Map() };
}

/** ep-host-client: `{client}.tt.omtrdc.net`; ep-host-edge: an edge's name has no client in it. */
function clientOfHost(hostname: string): string | undefined {
  const label = /^([a-z0-9_-]+)\.tt\.omtrdc\.net$/.exec(hostname)?.[1];
  return label === undefined || label.startsWith('mboxedge') ? undefined : label;
}

/** res-batchid-current */
function batchIdOf(client: string, now: number, batchNumber: number): string {
  return `${client}-${now}-${String(batchNumber).padStart(8, '0')}`;
}

/** our-client-code */
function refusedCode(client: string): RuleId | undefined {
  return /^[A-Za-z0-9_-]{1,64}$/.test(client) ? undefined : 'our-client-code';
}

function decodedOnce(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** our-content-type */
function xmlReply(body: string, status = 200, cause?: RuleId): WireReply {
  return { status, contentType: replies.XML_TYPE, body, cause };
}

function jsonReply(body: string, status = 200, cause?: RuleId): WireReply {
  return { status, contentType: replies.JSON_TYPE, body, cause };
}
