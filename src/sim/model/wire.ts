/** One request in, one reply out, byte for byte: the emulated API as a socket would carry it. */
import * as limits from '../../protocol/vocabulary/limits.ts';
import type { KnownIdKind, RuleId, Settings } from '../../protocol/vocabulary/index.ts';
import { illegalId } from './batch-file.ts';
import { isSessionId, judgeCall, readDelivery, readMboxCall, isTooLarge, readSingleUpdate } from './delivery.ts';
import type { ModelCall } from './delivery.ts';
import { httpStatusOf, isOddContentType, type ModelRequest, refusalAtTheDoor, refusedCode } from './door.ts';
import type { Model, ModelBatch } from './model.ts';
import * as replies from './replies.ts';
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

export type Wire = ReturnType<typeof createWire>;

type Answer = Omit<WireReply, 'contentType'>;

/** A request on its way, with what it may need to be drawn. */
type Call = WireRequest & Readonly<{ now: number; batchNumber: number; newPcId: string; newToken: string }>;

export function createWire(model: Model, { defaults, pace, waitingMax }: WireOptions) {
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
  /** our-client-code, our-unknown-client */
  const refusedClient = (client: string) =>
    refusedCode(client) ?? (isUnknown(client) ? ('our-unknown-client' as const) : undefined);
  /** What a token, or its lack, refuses. */
  const denied = (client: string, { headers, now }: Call) =>
    tokens.isDenied(client, headers, settingsOf(client), now) ? ('err-auth-403' as const) : undefined;

  /** What the door needs to know of a call. */
  const atTheDoor = ({ method, url, headers, now, aheadMs = 0 }: Call, pathClient: string) => {
    const waiting = accepted.filter(({ batchId }) => model.status(batchId)?.status === 'incomplete').length;
    const hostClient = clientOfHost(url.hostname);
    // ep-literal-client: `client` means the client of the host, where the host has one.
    // our-client-mismatch: or the host wins by setting, that of the path's client; case makes no difference.
    const hostWins =
      settingsOf(pathClient).clientMismatch === 'host-wins' && pathClient.toLowerCase() !== hostClient?.toLowerCase();
    const client = hostClient !== undefined && (pathClient === 'client' || hostWins) ? hostClient : pathClient;
    const settings = settingsOf(client);
    // lim-calls-per-user, our-rate-window: by setting whoever calls, and here that is one.
    const isOfClient = settings.rateKey === 'client';
    const caller = isOfClient ? client : 'the sender of all';
    const contentEncoding = headers.get('content-encoding');
    // A sender speaks for many clients, and lives by the clock of all.
    const time = isOfClient ? now : now - aheadMs;
    const times = callTimes.get(caller) ?? [];
    const door = { method, pathClient, hostClient, contentEncoding, callTimes: times, waiting, waitingMax, now: time };
    /** What is no submission has no body to refuse, and waits for nobody. */
    const otherRefusal = (changes: Partial<ModelRequest> = {}) =>
      refusalAtTheDoor({ ...door, method: 'POST', contentEncoding: undefined, waiting: 0, ...changes }, settings) ??
      refusedCode(client);
    const count = () => callTimes.set(caller, [...times, time]);
    return { client, settings, door, otherRefusal, count };
  };

  const submit = (call: Call, pathClient: string, v2?: string): Answer => {
    const { client, settings, door, count } = atTheDoor(call, pathClient);
    // our-unknown-client: who is not known is not counted either.
    if (!isUnknown(client)) {
      const rule = refusalAtTheDoor(door, settings);
      // err-auth-403: before the calls are counted, and before the body is looked at.
      const isDoor = rule === 'ep-post-only' || rule === 'our-client-mismatch' || refusedCode(client) !== undefined;
      const refusal = (isDoor ? undefined : denied(client, call)) ?? rule;
      if (refusal !== undefined) return refused(refusal, settings);
    }
    count();
    // body-ctype-form
    const type = call.headers.get('content-type');
    if (settings.contentTypes === 'form' && (type === undefined || isOddContentType(type)))
      return refused('err-batch-missing', settings);
    const notes: RuleId[] = isOddContentType(type) ? ['body-ctype-form'] : [];
    // auth-header-bearer: the older header is taken, and noted where tokens are looked at.
    const isOlder = call.headers.has('access_token') && !call.headers.has('authorization');
    if (isOlder && settings.authentication !== 'off') notes.push('auth-header-bearer');
    const batchId = batchIdOf(client, call);
    const submission = model.submit(client, v2 === undefined ? 'v1' : 'v2', call.body, batchId, notes);
    if (submission.kind === 'rejection') return refused(submission.rule, settings);
    accepted.push({ client, batchId });
    // our-link-host, res-url-scheme: the scheme of the submission, and its host or an edge.
    const { protocol, host } = call.url;
    const origin = `${protocol}//${settings.linkHost === 'edge' ? EDGE : host}`;
    return told(replies.acceptedReply(replies.statusLink(origin, client, batchId, settings.statusShape)));
  };

  const status = (call: Call, pathClient: string): Answer => {
    const { client, settings, otherRefusal, count } = atTheDoor(call, pathClient);
    const counts = settings.rateLimit === 'submissions-and-status';
    // err-auth-403: before the calls are counted.
    const rule =
      otherRefusal({ callTimes: [] }) ?? denied(client, call) ?? otherRefusal(counts ? {} : { callTimes: [] });
    if (rule !== undefined) return refused(rule, settings);
    if (counts) count();
    // ep-status-v1-legacy: other parameters mean nothing.
    const { searchParams } = call.url;
    const batchId = searchParams.get('batchId') ?? '';
    const batch = knownBatch(client, batchId, settings, call.now);
    if (batch === undefined) return told(replies.unknownBatchReply(batchId), 404, 'our-unknown-batch');
    const before = looks.get(batchId) ?? 0;
    looks.set(batchId, before + 1);
    const shown = replies.isShownIncomplete(pace, before) ? untouched(batch) : batch;
    // ep-status-details
    const details = searchParams.get('showDetails') ?? 'false';
    const reply = replies.statusReply(batchId, shown, settings, details === 'true', (row) => batch.ids[row - 1]!);
    // What is neither of both words is no `true`, and noted.
    return told(reply, 200, details === 'true' || details === 'false' ? undefined : 'ep-status-details');
  };

  const knownBatch = (client: string, batchId: string, { statusShape }: Settings, now: number) => {
    const batch = model.status(batchId);
    // our-unknown-batch: another client's is as unknown as none.
    if (batch === undefined || batch.client !== client) return undefined;
    // lim-batches-kept: in `tt` only the latest 10 of a client.
    const own = accepted.filter((each) => each.client === client).slice(-limits.BATCH_STATUSES_KEPT_TT);
    if (statusShape === 'tt' && !own.some((each) => each.batchId === batchId)) return undefined;
    // lim-batches-kept: for 24 hours after it completed.
    return now - (batch.completedAt ?? now) > limits.BATCH_STATUS_KEPT_MS ? undefined : batch;
  };

  const update = (call: Call, pathClient: string): Answer => {
    const { client, settings, otherRefusal } = atTheDoor(call, pathClient);
    const { method, url, body, now } = call;
    const refuse = (cause: RuleId) => told(replies.updateRefusedReply(cause), httpStatusOf(cause, settings), cause);
    const rule = otherRefusal({ callTimes: [] }) ?? denied(client, call);
    if (rule !== undefined) return refuse(rule);
    // lim-single-size: query and body as sent.
    const query = url.search.slice(1);
    if (isTooLarge(method as 'GET' | 'POST', query.length + (method === 'GET' ? 0 : body.length)))
      return refuse('lim-single-size');
    // sgl-post-query: query and body count together.
    const named = readSingleUpdate(parametersOf(call));
    if (typeof named === 'string') return refuse(named);
    // lim-single-rate: those of this hour and the 23 before, none of an hour to come; what is refused does not count.
    const hoursAgo = (time: number) => Math.floor(now / 3_600_000) - Math.floor(time / 3_600_000);
    const times = (updateTimes.get(client) ?? []).filter((time) => hoursAgo(time) >= 0 && hoursAgo(time) < 24);
    if (times.length >= settings.singleUpdatesPerDay) return refuse('lim-single-rate');
    updateTimes.set(client, [...times, now]);
    // key-3rd-len, key-3rd-chars: done all the same, and noted; then sgl-unencoded-values.
    const stray = named.hasStray ? 'sgl-unencoded-values' : undefined;
    const note = illegalId(named.id.kind, named.id.value, settings) ?? stray;
    // empty-only-skipped: nothing but empty values is no update.
    if (named.values.length === 0) return told(replies.UPDATED_REPLY, 200, note ?? 'empty-only-skipped');
    // sgl-latency: at the pace of the batches, where anybody has used the client code.
    const isFound = model.fetch(client, named.id, now) !== undefined;
    if (pace === 'immediate' || model.settings(client) === undefined) model.update(client, named.id, named.values, now);
    else {
      const batchId = batchIdOf(client, call);
      model.updateLater(client, named.id, named.values, batchId);
      accepted.push({ client, batchId });
    }
    // our-single-miss: the answer is the same.
    return told(replies.UPDATED_REPLY, 200, isFound ? note : 'our-single-miss');
  };

  const fetch = (call: Call, kind = 'pcId', value = ''): Answer => {
    const { searchParams } = call.url;
    const client = searchParams.get('client') || (searchParams.get('clientcode') ?? '');
    // fch-client-required, our-client-code; err-fetch-badclient: a bad request, whatever the readings.
    const rule = (client === '' ? 'fch-client-required' : refusedCode(client)) ?? denied(client, call);
    const code = rule === 'err-auth-403' ? 403 : 400;
    if (rule !== undefined) return told(replies.fetchRefusedReply(code, replies.refusalText(rule)), code, rule);
    const id = { kind: kind as KnownIdKind, value };
    const view = model.told(client, id, call.now);
    if (view !== undefined) return told(replies.fetchedReply(client, id, view));
    return told(replies.noProfileReply(client, id), 404, NOT_FOUND[id.kind]);
  };

  const deliver = (client: string, asked: ModelCall | undefined, { now, newPcId }: Call): Answer => {
    if (asked === undefined) return deliveryRefused('err-delivery-400');
    const settings = settingsOf(client);
    const caller = judgeCall(asked, settings);
    if ('refusal' in caller) return deliveryRefused(caller.refusal);
    // mrg-sdk-hop: by setting with a hint, and an edge to go to.
    const isEdge = settings.edgeHost === 'edge';
    const { pcId } = model.visit(client, { ...caller, newPcId: isEdge ? `${newPcId}.28_0` : newPcId }, now);
    // ca-shows-response: by setting.
    const isShown = settings.attributeTokens === 'on';
    const shown = isShown ? model.customers(client, { kind: 'pcId', value: pcId }, now) : [];
    const edgeHost = isEdge ? EDGE : 'localhost';
    const reply = { call: asked, client, tntId: pcId, edgeHost, tokens: shown };
    return told(asked.via === 'mbox' ? replies.mboxReply(reply) : replies.deliveryReply(reply), 200, caller.note);
  };

  /** What a call is refused for before it is read. */
  const deliveryDoor = (client: string, sessionId: string): RuleId | undefined =>
    refusedClient(client) ?? (isSessionId(sessionId) ? undefined : 'dlv-session-form');

  const delivery = (call: Call): Answer => {
    const { searchParams, hostname } = call.url;
    // our-delivery-client: the query's, the organisation's, the host's.
    const label = searchParams.get('imsOrgId')?.split('@')[0] ?? '';
    const known = model.settings(label) === undefined ? clientOfHost(hostname) : label;
    const client = searchParams.get('client') || known;
    const sessionId = searchParams.get('sessionId') ?? '';
    const rule = client === undefined ? 'our-delivery-client' : deliveryDoor(client, sessionId);
    if (client === undefined || rule !== undefined) return deliveryRefused(rule!);
    // lim-delivery-body: 413.
    if (call.body.length > limits.DELIVERY_BODY_BYTES_MAX) return deliveryRefused('lim-delivery-body', 413);
    return deliver(client, readDelivery(call.body, sessionId), call);
  };

  const mbox = (call: Call, pathClient: string): Answer => {
    const asked = readMboxCall(parametersOf(call));
    const hostClient = clientOfHost(call.url.hostname);
    const client = pathClient === 'client' && hostClient !== undefined ? hostClient : pathClient;
    // our-client-mismatch
    const differs = hostClient !== undefined && client.toLowerCase() !== hostClient;
    if (differs && settingsOf(client).clientMismatch === 'refuse') return deliveryRefused('our-client-mismatch');
    const rule = deliveryDoor(client, asked.sessionId);
    return rule === undefined ? deliver(client, asked, call) : deliveryRefused(rule);
  };

  /** auth-token-api, ep-token */
  const issue = ({ method, url, headers, now, newToken: fresh }: Call, client: string): Answer => {
    const refusal = refusedClient(client);
    const asked = tokens.asked({ method, url, headers, client, refusal, fresh }, now);
    if (asked.status === 201) model.writeSettings(client, settingsOf(client));
    return asked;
  };

  /** A path, the methods it answers to (empty for all), who answers, given what the path's groups hold, and in which format. */
  const routes: readonly (readonly [RegExp, string, (call: Call, ...groups: string[]) => Answer, string])[] = [
    [/^\/([^/]+)\/target\/authentication\/token$/, '', issue, replies.TOKEN_TYPE],
    // ep-delivery, ep-mbox-json
    [/^\/rest\/v1\/delivery$/, 'POST', delivery, replies.JSON_TYPE],
    [/^\/m2\/([^/]+)\/mbox\/json$/, '', mbox, replies.JSON_TYPE],
    // ep-v1-submit, ep-v2-submit, ep-status-current, ep-status-v2-legacy, ep-single
    [/^\/m2\/([^/]+)\/(v2\/)?profile\/batchUpdate$/, '', submit, replies.XML_TYPE],
    [/^\/m2\/([^/]+)\/(?:v2\/)?profile\/batchStatus$/, 'GET', status, replies.XML_TYPE],
    [/^\/m2\/([^/]+)\/profile\/update$/, 'GET POST', update, replies.XML_TYPE],
    // ep-fetch-3rd, ep-fetch-tnt, ep-fetch-ecid
    [/^\/rest\/v1\/profiles\/(?:(thirdPartyId|marketingCloudVisitorId)\/)?([^/]+)$/, 'GET', fetch, replies.JSON_TYPE],
  ];

  return {
    /**
     * Undefined where the API has no such address. `batchNumber` ends the id of a batch that is made now, `newPcId` is used
     * where a visitor needs one, `newToken` where a token is issued.
     */
    answer(
      request: WireRequest,
      now: number,
      batchNumber: number,
      newPcId = `model-${batchNumber}`,
      newToken = tokenOf(batchNumber),
    ): WireReply | undefined {
      for (const [pattern, methods, answer, contentType] of routes) {
        const found = pattern.exec(request.url.pathname);
        if (found === null) continue;
        if (methods !== '' && !methods.split(' ').includes(request.method)) return undefined;
        const groups = found.slice(1).map((group) => group && decodedOnce(group));
        return { ...answer({ ...request, now, batchNumber, newPcId, newToken }, ...groups), contentType };
      }
      return undefined;
    },
    /** The client code is gone, and its tokens and counts with it. */
    dropClient(client: string): void {
      tokens.drop(client);
      updateTimes.delete(client);
    },
  };
}
/** our-fetch-ecid */
const NOT_FOUND = {
  pcId: 'err-fetch-404-pc',
  thirdPartyId: 'err-fetch-404-3rd',
  marketingCloudVisitorId: 'our-fetch-ecid',
} as const;

const EDGE = 'mboxedge28.tt.omtrdc.net';

/** err-delivery-400 */
const deliveryRefused = (rule: RuleId, status = 400) => told(replies.deliveryRefusedReply(status, rule), status, rule);

/** our-rejection-status, res-submit-fail. */
const refused = (rule: RuleId, settings: Settings) =>
  told(replies.refusedReply(rule), httpStatusOf(rule, settings), rule);

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
const batchIdOf = (client: string, { now, batchNumber }: Call) =>
  `${client}-${now}-${String(batchNumber).padStart(8, '0')}`;

/** Of the query, and of a form. */
const parametersOf = ({ method, url, body }: Call) => {
  const escaped = Array.from(method === 'GET' ? [] : body, (byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : `%${byte.toString(16)}`,
  );
  const parts = [...url.search.slice(1).split('&'), ...escaped.join('').split('&')].filter((part) => part !== '');
  return parts.map((part): [string, string] => {
    const [name = '', ...value] = part.split('=');
    return [formText(name), formText(value.join('='))];
  });
};

/** A form's text: `+` is a blank, a broken escape stands for itself, and what is no UTF-8 is no text (our-undecodable). */
function formText(sent: string): string {
  return sent.replaceAll('+', ' ').replaceAll(/%[0-7][\da-f]|(?:%[89a-f][\da-f])+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return '\ud800';
    }
  });
}

function decodedOnce(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

const told = (body: string, status = 200, cause?: RuleId): Answer => ({ status, body, cause });
