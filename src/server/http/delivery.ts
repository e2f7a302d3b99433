/** Delivery and mbox calls: what web pages, servers and SDKs say of a visitor, and what it does to profiles. */
import {
  caMatchCustomerid,
  type CallIds,
  dlvCustNeedsEcid,
  dlvIdLengths,
  dlvIdOneOf,
  dlvParamNull,
  dlvSessionForm,
  emptyIgnored,
  errDelivery400,
  limDeliveryBody,
  limMboxParams,
  mrgCustomerIds,
  mrgSdkHop,
  ourMessageTexts,
  ourUnknownClient,
  refuse,
  refusedId,
} from '../../protocol/rules/index.ts';
import { DELIVERY_BODY_BYTES_MAX } from '../../protocol/vocabulary/index.ts';
import type { Rejection } from '../../protocol/vocabulary/index.ts';
import { deliveryErrorJson, deliveryJson, mboxCall, mboxJson } from '../../protocol/wire/index.ts';
import { storedId } from '../store/well-formed.ts';
import { JSON_PARTS_MAX, readBoundedBody, readJsonBody } from './request-body.ts';
import { ruleCause } from './cause.ts';
import { jsonReply } from './reply.ts';
import type { Call } from './call.ts';
import { readDeliveryBody } from './delivery-body.ts';
import type { EmulatorContext } from './emulator-env.ts';
import { newPcId } from './new-pc-id.ts';
import { newUuid } from './new-uuid.ts';
import type { ResolvedClient } from './resolve-client.ts';
import type { Services } from './services.ts';

/** `POST /rest/v1/delivery`. */
export async function deliver(services: Services, c: EmulatorContext): Promise<Response> {
  const called = c.get('call');
  const account = caller(c, called.url.searchParams.get('sessionId'));
  if (account instanceof Response) return account;
  const bytes = await readJsonBody(called.body, DELIVERY_BODY_BYTES_MAX);
  if (bytes === 'too-many-parts') return refused(c, TOO_MANY_PARTS);
  const tooLarge = limDeliveryBody.decide(bytes === 'too-large' ? Infinity : bytes.byteLength);
  if (tooLarge !== undefined) return refused(c, tooLarge);
  const call = readDeliveryBody(bytes.toString());
  if (call.kind === 'rejection') return refused(c, call);

  const { execute, prefetch, requestId = newUuid(services.ids) } = call;
  const ids = call.ids ?? NOBODY;
  const unnamed = call.ids && dlvIdOneOf.decide(ids);
  if (unnamed !== undefined) return refused(c, unnamed);
  const visited = await visit(services, account, { called, via: 'delivery', ids, parameters: call.parameters });
  if (visited.kind === 'rejection') return refused(c, visited);
  const { tntId, edgeHost, notes } = visited;
  const { client } = account;
  const tokens = responseTokens(services, account, tntId);
  return jsonReply(c, deliveryJson({ requestId, client, ids, tntId, edgeHost, execute, prefetch, tokens }), 200, notes);
}

/** ca-shows-response: undefined where they are not asked for, or there are none. */
function responseTokens({ reader, clocks }: Services, { client, settings }: ResolvedClient, tntId: string) {
  if (settings.attributeTokens === 'off') return undefined;
  const known = reader.customerAttributes(client, { kind: 'pcId', value: tntId }, clocks.now(client));
  const tokens = known.map(({ name, value }) => [name, value] as const);
  return tokens.length === 0 ? undefined : Object.fromEntries(tokens);
}

const NOBODY: CallIds = {
  tntId: undefined,
  thirdPartyId: undefined,
  marketingCloudVisitorId: undefined,
  customerIds: [],
};

/** `/m2/{client}/mbox/json`, by GET or as a form. */
export async function callMbox(services: Services, c: EmulatorContext, method: 'GET' | 'POST'): Promise<Response> {
  const called = c.get('call');
  const form = method === 'GET' ? Buffer.alloc(0) : await readBoundedBody(called.body, MBOX_FORM_BYTES_MAX);
  if (form === 'too-large') return refused(c, FORM_TOO_LARGE);
  const {
    sessionId = '',
    ids,
    parameters,
  } = mboxCall([...called.url.searchParams, ...new URLSearchParams(form.toString())]);
  const account = caller(c, sessionId);
  if (account instanceof Response) return account;
  const visited = await visit(services, account, { called, via: 'mbox', ids, parameters });
  if (visited.kind === 'rejection') return refused(c, visited);
  return jsonReply(c, mboxJson(sessionId, visited.tntId, visited.edgeHost));
}

/** Ours: a form of 50 parameters is far smaller. */
const MBOX_FORM_BYTES_MAX = 1024 * 1024;
const TOO_MANY_PARTS = refuse('lim-delivery-body', `The call has more than ${JSON_PARTS_MAX} values.`);
const FORM_TOO_LARGE = refuse('lim-delivery-body', `The form has more than ${MBOX_FORM_BYTES_MAX} bytes.`);

/** The account that is spoken for, or the refusal. */
function caller(c: EmulatorContext, sessionId: string | null): ResolvedClient | Response {
  const account = c.get('account');
  if (account.kind === 'refused') return refused(c, account.rejection);
  const { isKnown, settings } = account;
  const refusal =
    ourUnknownClient.decide({ known: isKnown, reading: settings.unknownClients }) ?? dlvSessionForm.decide(sessionId);
  return refusal === undefined ? account : refused(c, refusal);
}

interface VisitorCall {
  readonly called: Call;
  readonly via: 'delivery' | 'mbox';
  readonly ids: CallIds;
  readonly parameters: readonly (readonly [name: string, value: unknown])[];
}

interface Visited {
  readonly kind: 'visited';
  readonly tntId: string;
  readonly edgeHost: string;
  /** Headers that tell of what was left aside. */
  readonly notes: Readonly<Record<string, string>>;
}

async function visit(
  services: Services,
  { client, settings }: ResolvedClient,
  { called, via, ids, parameters }: VisitorCall,
): Promise<Visited | Rejection> {
  const rejection = refusedIds(ids, settings.illegalIds) ?? refusedParameters(parameters);
  if (rejection !== undefined) return rejection;
  const { tntId: pcId, marketingCloudVisitorId } = ids;
  const customer = mrgCustomerIds.decide(ids.customerIds, settings.customerIds);
  const isTaken = dlvCustNeedsEcid.decide(via, marketingCloudVisitorId);
  const counts = customer !== undefined && isTaken;
  const thirdPartyId = ids.thirdPartyId ?? (counts ? customer : undefined);
  const { hint, edgeHost } = mrgSdkHop.decide(settings.edgeHost);

  const { writer, clocks, applied, options } = services;
  await writer.openClient(client, options.settings);
  await applied(client);
  const visited = await writer.visit({
    client,
    pcId,
    thirdPartyId,
    marketingCloudVisitorId,
    customer: {
      thirdPartyId: ids.thirdPartyId,
      customerIds: isTaken ? caMatchCustomerid.decide(ids.customerIds) : [],
    },
    attributes: attributesOf(parameters),
    newPcId: newPcId(services, client, hint),
    now: clocks.now(client),
  });
  called.visitors = (['thirdPartyId', 'marketingCloudVisitorId', 'pcId'] as const).flatMap((kind) => {
    const value = { pcId: visited.pcId, thirdPartyId, marketingCloudVisitorId }[kind];
    return value === undefined ? [] : storedId({ kind, value }, settings);
  });
  const notes = customer !== undefined && !counts ? ruleCause(dlvCustNeedsEcid.id) : {};
  return { kind: 'visited', tntId: visited.pcId, edgeHost, notes };
}

function refusedIds(ids: CallIds, illegalIds: 'fail' | 'accept'): Rejection | undefined {
  const tooLong = dlvIdLengths.decide(ids);
  const { thirdPartyId } = ids;
  if (tooLong !== undefined || thirdPartyId === undefined) return tooLong;
  const rule = refusedId('thirdPartyId', thirdPartyId, illegalIds);
  return rule && refuse(rule, 'The thirdPartyId holds `+` or `/`, which cannot be sent.');
}

function refusedParameters(parameters: VisitorCall['parameters']): Rejection | undefined {
  const tooMany = limMboxParams.decide(parameters.length);
  if (tooMany !== undefined) return tooMany;
  for (const [name, value] of parameters) {
    const rejection = dlvParamNull.decide(name, value);
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}

/** By now each is a text. */
const attributesOf = (parameters: VisitorCall['parameters']) =>
  parameters.flatMap(([name, value]) =>
    typeof value === 'string' && !emptyIgnored.decide(value) ? [{ name, value }] : [],
  );

function refused(c: EmulatorContext, rejection: Rejection): Response {
  const status = errDelivery400.decide(rejection.rule);
  const json = deliveryErrorJson(status, ourMessageTexts.decide(rejection));
  return jsonReply(c, json, status, ruleCause(rejection.rule));
}
