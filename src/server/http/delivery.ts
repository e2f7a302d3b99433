/** Delivery and mbox calls: what web pages, servers and SDKs say of a visitor, and what it does to profiles. */
import { isUtf8 } from 'node:buffer';
import {
  caMatchCustomerid,
  type CallIds,
  dlvCustNeedsEcid,
  dlvIdLengths,
  dlvIdOneOf,
  dlvParamNull,
  dlvSessionForm,
  emptyIgnored,
  limDeliveryBody,
  limMboxParams,
  mrgCustomerIds,
  mrgSdkHop,
  ourUndecodable,
  refuse,
  refusedId,
  undecodable,
} from '../../protocol/rules/index.ts';
import { DELIVERY_BODY_BYTES_MAX, type Rejection, type Settings } from '../../protocol/vocabulary/index.ts';
import { deliveryJson, mboxCall, mboxJson } from '../../protocol/wire/index.ts';
import { storedId } from '../store/well-formed.ts';
import { formPairs, JSON_PARTS_MAX, readBoundedBody, readJsonBody } from './request-body.ts';
import { jsonReply, ruleCause } from './reply.ts';
import { readDeliveryBody } from './delivery-body.ts';
import type { EmulatorContext } from './emulator-env.ts';
import { newPcId, newUuid } from './new-ids.ts';
import type { Answers } from './operation.ts';
import type { ResolvedClient } from './resolve-client.ts';
import type { Services } from './services.ts';

/** `POST /rest/v1/delivery`. */
export const deliver: Answers = async (services, c, account) => {
  const called = c.get('call');
  const noSession = dlvSessionForm.decide(called.url.searchParams.get('sessionId'));
  if (noSession !== undefined) return noSession;
  const bytes = await readJsonBody(called.body, DELIVERY_BODY_BYTES_MAX);
  if (bytes === 'too-many-parts') return TOO_MANY_PARTS;
  const tooLarge = limDeliveryBody.decide(bytes === 'too-large' ? Infinity : bytes.byteLength);
  if (tooLarge !== undefined) return tooLarge;
  if (bytes === 'too-large' || !isUtf8(bytes)) return NO_UTF8;
  const call = readDeliveryBody(bytes.toString());
  if (call.kind === 'rejection') return call;

  const { execute, prefetch, requestId = newUuid(services.ids) } = call;
  const ids = call.ids ?? NOBODY;
  const unnamed = call.ids && dlvIdOneOf.decide(ids);
  if (unnamed !== undefined) return unnamed;
  const visited = await visit(services, c, account, { ids, parameters: call.parameters }, 'delivery');
  if (visited.kind === 'rejection') return visited;
  const { tntId, edgeHost, notes } = visited;
  const { client } = account;
  const tokens = responseTokens(services, account, tntId);
  return jsonReply(deliveryJson({ requestId, client, ids, tntId, edgeHost, execute, prefetch, tokens }), 200, notes);
};

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
export const callMbox: Answers = async (services, c, account) => {
  const called = c.get('call');
  const isForm = c.req.method === 'POST';
  const form = isForm ? await readBoundedBody(called.body, MBOX_FORM_BYTES_MAX) : Buffer.alloc(0);
  if (form === 'too-large') return FORM_TOO_LARGE;
  const given = [Buffer.from(called.url.search.slice(1)), form].flatMap(formPairs);
  const { sessionId = '', ids, parameters } = mboxCall(given);
  const noSession = dlvSessionForm.decide(sessionId);
  if (noSession !== undefined) return noSession;
  const visited = await visit(services, c, account, { ids, parameters }, 'mbox');
  return visited.kind === 'rejection' ? visited : jsonReply(mboxJson(sessionId, visited.tntId, visited.edgeHost));
};

/** Ours: a form of 50 parameters is far smaller. */
const MBOX_FORM_BYTES_MAX = 1024 * 1024;
const NO_UTF8 = refuse('err-delivery-400', 'the body is no UTF-8.');
const TOO_MANY_PARTS = refuse('lim-delivery-body', `The call has more than ${JSON_PARTS_MAX} values.`);
const FORM_TOO_LARGE = refuse('lim-delivery-body', `The form has more than ${MBOX_FORM_BYTES_MAX} bytes.`);

type Parameters = readonly (readonly [name: string, value: unknown])[];

async function visit(
  services: Services,
  c: EmulatorContext,
  { client, settings }: ResolvedClient,
  { ids, parameters }: { readonly ids: CallIds; readonly parameters: Parameters },
  via: 'delivery' | 'mbox',
) {
  const { tntId: pcId, marketingCloudVisitorId } = ids;
  const customer = mrgCustomerIds.decide(ids.customerIds, settings.customerIds);
  const isTaken = dlvCustNeedsEcid.decide(via, marketingCloudVisitorId);
  const counts = customer !== undefined && isTaken;
  const thirdPartyId = ids.thirdPartyId ?? (counts ? customer : undefined);
  const rejection =
    refusedTexts(ids, parameters) ??
    dlvIdLengths.decide(ids) ??
    refusedThirdPartyId(thirdPartyId, settings) ??
    refusedParameters(parameters);
  if (rejection !== undefined) return rejection;
  const { hint, edgeHost } = mrgSdkHop.decide(settings.edgeHost);

  const { writer, clocks, applied, options } = services;
  await writer.openClient(client, options.settings);
  await applied(client);
  const call = {
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
  };
  const visited = await writer.visit(call, options.settings);
  c.get('call').visitors = (['thirdPartyId', 'marketingCloudVisitorId', 'pcId'] as const).flatMap((kind) => {
    const value = { pcId: visited.pcId, thirdPartyId, marketingCloudVisitorId }[kind];
    return value === undefined ? [] : storedId({ kind, value }, settings);
  });
  /** Headers that tell of what was left aside. */
  const notes = customer !== undefined && !counts ? ruleCause(dlvCustNeedsEcid.id) : {};
  return { kind: 'visited' as const, tntId: visited.pcId, edgeHost, notes };
}

/** What a call says must be what is stored, and found again. */
function refusedTexts(ids: CallIds, parameters: Parameters): Rejection | undefined {
  const { tntId, thirdPartyId, marketingCloudVisitorId, customerIds } = ids;
  const customers = customerIds.flatMap(({ id, integrationCode }) => [id, integrationCode]);
  const texts = [tntId, thirdPartyId, marketingCloudVisitorId, ...customers, ...parameters.flat()];
  const isWrong = texts.some((text) => typeof text === 'string' && ourUndecodable.decide(text));
  return isWrong ? undecodable('An id or profile parameter of the call') : undefined;
}

function refusedThirdPartyId(id: string | undefined, { illegalIds }: Settings): Rejection | undefined {
  const rule = id === undefined ? undefined : refusedId('thirdPartyId', id, illegalIds);
  return (
    rule && refuse(rule, 'The thirdPartyId, or the customer id in its place, holds `+` or `/`, which cannot be sent.')
  );
}

function refusedParameters(parameters: Parameters): Rejection | undefined {
  const tooMany = limMboxParams.decide(parameters.length);
  if (tooMany !== undefined) return tooMany;
  for (const [name, value] of parameters) {
    const rejection = dlvParamNull.decide(name, value);
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}

/** By now each is a text. */
const attributesOf = (parameters: Parameters) =>
  parameters.flatMap(([name, value]) =>
    typeof value === 'string' && !emptyIgnored.decide(value) ? [{ name, value }] : [],
  );
