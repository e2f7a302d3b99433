/** The part of a port that is the same for every system: what a CRM asks, as requests, and answers made comparable. */
import { parseJson, readSubmitReply } from '../protocol/wire/index.ts';
import type { Counters, KnownId, RuleId, VisitorId } from '../protocol/vocabulary/index.ts';
import type { AttributeValue, DeliveredCall, Delivery, Port, Reply, SentRequest, StoredView } from './port.ts';

/** Each throws where the server answers as the API never does. */
export function apiCalls(send: Port['send']): Pick<Port, 'submit' | 'fetch' | 'deliver'> {
  return {
    async submit(client, api, file) {
      const path = `/m2/${client}/${api === 'v2' ? 'v2/' : ''}profile/batchUpdate`;
      const { cause, body } = await send({ method: 'POST', path, headers: [], body: file });
      const reply = readSubmitReply(textOf(body));
      if (cause !== undefined) {
        if (!cause.startsWith('rule/') || reply?.success === true) throw new Error(`refused and not refused: ${cause}`);
        return { kind: 'rejected', rule: cause.slice('rule/'.length) as RuleId };
      }
      const batchId = reply?.statusLink === undefined ? null : new URL(reply.statusLink).searchParams.get('batchId');
      if (batchId === null) throw new Error('accepted without a status link');
      return { kind: 'accepted', batchId };
    },
    async deliver(client, call) {
      return readDelivery(await send(deliveryRequest(client, call)));
    },
    async fetch(client, id) {
      const reply = await send(fetchRequest(client, id));
      if (reply.status === 404) return undefined;
      const { modifiedAt, profileAttributes } = parseJson(expectSuccess(reply)) as FetchReply;
      const attributes = Object.entries(profileAttributes).map(([name, attribute]) => ({
        name,
        value: attribute.value,
        modifiedAt: Date.parse(attribute.modifiedAt),
      }));
      return { modifiedAt: Date.parse(modifiedAt), attributes: sortedByName(attributes) };
    },
  };
}

/** A profile fetch (ep-fetch-tnt, ep-fetch-3rd, ep-fetch-ecid), with a token where one is given. */
export function fetchRequest(client: string, { kind, value }: KnownId, token?: string): SentRequest {
  const path = `/rest/v1/profiles/${kind === 'pcId' ? '' : `${kind}/`}${encodeURIComponent(value)}?client=${client}`;
  return { method: 'GET', path, headers: token === undefined ? [] : [['authorization', `Bearer ${token}`]] };
}

/** The profile API's token, issued or shown (auth-token-api). */
export function tokenRequest(client: string, method: 'GET' | 'POST'): SentRequest {
  const path = `/${client}/target/authentication/token?authorizationScope=profile_api`;
  return { method, path, headers: [['authorization', 'Bearer admin']] };
}

/** What is told of a token; undefined where none is. */
export function readToken({ body }: Reply): { readonly value: string; readonly expiresIn: string } | undefined {
  const [, value, expiresIn] = /"accessToken":"([^"]+)".*"expiresIn":(\d+)/.exec(textOf(body)) ?? [];
  return value === undefined || expiresIn === undefined ? undefined : { value, expiresIn };
}

/** A single profile update (ep-single, sgl-params). */
export function updateRequest(client: string, id: VisitorId, values: readonly AttributeValue[]): SentRequest {
  const parameters = new URLSearchParams([[id.kind === 'pcId' ? 'mboxPC' : 'mbox3rdPartyId', id.value]]);
  return formRequest(`/m2/${client}/profile/update`, parameters, values);
}

/** A Delivery call of one mbox, or an mbox call by form (ep-delivery, ep-mbox-json). */
export function deliveryRequest(client: string, { via, ids, customerIds, values }: DeliveredCall): SentRequest {
  const { pcId, thirdPartyId, marketingCloudVisitorId } = ids;
  if (via === 'mbox') {
    const parameters = new URLSearchParams({ mbox: 'home', mboxSession: 's1' });
    const given = { mboxPC: pcId, mbox3rdPartyId: thirdPartyId, mboxMCGVID: marketingCloudVisitorId };
    for (const [name, value] of Object.entries(given)) if (value !== undefined) parameters.append(name, value);
    for (const [index, { id, isAuthenticated }] of customerIds.entries()) {
      parameters.append(`vst.crm${index}.id`, id);
      parameters.append(`vst.crm${index}.authState`, isAuthenticated ? '1' : '0');
    }
    return formRequest(`/m2/${client}/mbox/json`, parameters, values);
  }
  const customers = customerIds.map(({ id, isAuthenticated }) => ({
    id,
    integrationCode: 'crm',
    authenticatedState: isAuthenticated ? 'authenticated' : 'logged_out',
  }));
  const isNamed = [pcId, thirdPartyId, marketingCloudVisitorId, customers[0]].some((id) => id !== undefined);
  const id = { tntId: pcId, thirdPartyId, marketingCloudVisitorId, customerIds: customers };
  // By entries, so that a parameter may be called `__proto__`.
  const profileParameters = Object.fromEntries(values.map(({ name, value }) => [name, value]));
  const execute = { mboxes: [{ index: 0, name: 'home', profileParameters }] };
  const body = { requestId: 'r1', context: { channel: 'web' }, ...(isNamed && { id }), execute };
  const headers = [['content-type', 'application/json']] as const;
  const path = `/rest/v1/delivery?client=${client}&sessionId=s1`;
  return { method: 'POST', path, headers, body: Buffer.from(JSON.stringify(body)) };
}

function formRequest(path: string, parameters: URLSearchParams, values: readonly AttributeValue[]): SentRequest {
  const attributes = values.map(({ name, value }) => `&profile.${formText(name)}=${formText(value)}`);
  const headers = [['content-type', 'application/x-www-form-urlencoded']] as const;
  return { method: 'POST', path, headers, body: Buffer.from(parameters.toString() + attributes.join('')) };
}

/** Half a surrogate pair as a careless encoder writes it: three bytes that are no UTF-8 (our-undecodable). */
const formText = (text: string) =>
  Array.from(text, (character) => (character.isWellFormed() ? encodeURIComponent(character) : '%ED%A0%80')).join('');

/** Throws where the server answers as the API never does. */
export function readDelivery(reply: Reply): Delivery {
  const rule = reply.cause?.slice('rule/'.length) as RuleId | undefined;
  if (reply.status === 400 && rule !== undefined) return { kind: 'rejected', rule };
  const { id, tntId = id?.tntId } = JSON.parse(expectSuccess(reply)) as DeliveryReply;
  if (tntId === undefined) throw new Error('answered without a tntId');
  return { kind: 'delivered', tntId, note: rule };
}

type DeliveryReply = Readonly<{ tntId?: string; id?: { readonly tntId?: string } }>;

interface FetchReply {
  readonly modifiedAt: string;
  readonly profileAttributes: Readonly<Record<string, { readonly value: string; readonly modifiedAt: string }>>;
}

/** The text of a reply that is no error. */
export function expectSuccess({ status, body }: Reply): string {
  if (status > 299) throw new Error(`the server answered ${status}: ${textOf(body)}`);
  return textOf(body);
}

const textOf = (body: Uint8Array) => Buffer.from(body).toString();

/** The counters and nothing else, so that two systems can be compared. */
export function countersOf(batch: Counters): Counters {
  const { batchSize, consumedCount, successfulUpdates, profilesNotFound, failedUpdates, ignoredRows } = batch;
  return { batchSize, consumedCount, successfulUpdates, profilesNotFound, failedUpdates, ignoredRows };
}

/** A profile as a port shows it: by name, so that two systems can be compared. */
export function storedView({ modifiedAt, attributes, customerAttributes = [] }: StoredView): StoredView {
  const shown = attributes.map(({ name, value, modifiedAt: at, layer }) => ({ name, value, modifiedAt: at, layer }));
  const brought = customerAttributes.map(({ name, value, modifiedAt: at }) => ({ name, value, modifiedAt: at }));
  const customers = brought.length > 0 && { customerAttributes: sortedByName(brought) };
  return { modifiedAt, attributes: sortedByName(shown), ...customers };
}

const sortedByName = <Item extends AttributeValue>(attributes: readonly Item[]): readonly Item[] =>
  attributes.toSorted((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
