/** What a call says of a visitor, and the rule that refuses it: a Delivery call, an mbox call or a single update. */
import * as limits from '../../protocol/vocabulary/limits.ts';
import { SINGLE_UPDATE_GET_BYTES_MAX, SINGLE_UPDATE_POST_BYTES_MAX } from '../../protocol/vocabulary/index.ts';
import type { RuleId, Settings, VisitorId } from '../../protocol/vocabulary/index.ts';
import type { ModelVisit } from './client.ts';
import type { NamedValue } from './batch-file.ts';

export interface ModelCall {
  readonly via: 'delivery' | 'mbox';
  readonly sessionId: string;
  readonly requestId?: string | undefined;
  /** `id` is there at all. */
  readonly hasIds: boolean;
  readonly tntId: string | undefined;
  readonly thirdPartyId: string | undefined;
  readonly marketingCloudVisitorId: string | undefined;
  readonly customerIds: readonly ModelCustomerId[];
  readonly parameters: readonly (readonly [name: string, value: unknown])[];
  readonly execute?: Fields | undefined;
  readonly prefetch?: Fields | undefined;
}

export type ModelCustomerId = Readonly<{ id: string; integrationCode: string; authenticatedState: string }>;

type Fields = Readonly<Record<string, unknown>>;

/** Whom the call stands for, once it is judged good. */
type ModelCaller = Omit<ModelVisit, 'newPcId'> & Readonly<{ note: RuleId | undefined }>;

export function judgeCall(call: ModelCall, settings: Settings): ModelCaller | { readonly refusal: RuleId } {
  const { tntId, thirdPartyId, marketingCloudVisitorId, customerIds, parameters } = call;
  // dlv-id-one-of
  if (call.hasIds && [tntId, thirdPartyId, marketingCloudVisitorId].every((id) => id === undefined))
    return { refusal: 'dlv-id-one-of' };
  // our-undecodable: neither ids nor parameters that UTF-8 cannot carry.
  const customers = customerIds.flatMap(({ id, integrationCode }) => [id, integrationCode]);
  const said = [tntId, thirdPartyId, marketingCloudVisitorId, ...customers, ...parameters.flat()];
  if (said.some((text) => /\p{Surrogate}/u.test(String(text)))) return { refusal: 'our-undecodable' };
  // dlv-id-lengths
  const isLong = (text: string | undefined, max: number) => Array.from(text ?? '').length > max;
  const shortIds = [tntId, marketingCloudVisitorId, ...customerIds.map(({ id }) => id)];
  if (
    customerIds.length > limits.CUSTOMER_IDS_MAX ||
    isLong(thirdPartyId, limits.THIRD_PARTY_ID_LENGTH_MAX) ||
    shortIds.some((id) => isLong(id, limits.DELIVERY_ID_LENGTH_MAX)) ||
    customerIds.some(({ integrationCode }) => isLong(integrationCode, limits.INTEGRATION_CODE_LENGTH_MAX))
  )
    return { refusal: 'dlv-id-lengths' };
  const authenticated = customerIds.filter((each) => each.authenticatedState === 'authenticated');
  // mrg-customer-ids: the first that is authenticated, and only where nobody says the thirdPartyId itself.
  const first = settings.customerIds === 'ignore' ? undefined : authenticated[0]?.id;
  // dlv-cust-needs-ecid
  const lacksEcid = call.via === 'delivery' && marketingCloudVisitorId === undefined;
  const isAside = first !== undefined && lacksEcid;
  const standsFor = thirdPartyId ?? (isAside ? undefined : first);
  // key-3rd-chars
  if (settings.illegalIds === 'fail' && /[+/]/.test(standsFor ?? '')) return { refusal: 'key-3rd-chars' };
  // lim-mbox-params
  if (parameters.length > limits.PROFILE_PARAMETERS_MAX) return { refusal: 'lim-mbox-params' };
  const filled: (readonly [string, string])[] = [];
  for (const [name, value] of parameters) {
    // dlv-param-null
    if (name.trim() === '' || name.startsWith('profile.') || typeof value !== 'string')
      return { refusal: 'dlv-param-null' };
    // hdr-name-len, lim-value-256: no advice here, as it is in a batch file.
    if (isLong(name, limits.MBOX_NAME_LENGTH_MAX)) return { refusal: 'hdr-name-len' };
    if (isLong(value, limits.MBOX_VALUE_LENGTH_MAX)) return { refusal: 'lim-value-256' };
    if (value !== '') filled.push([name, value]);
  }
  return {
    pcId: tntId,
    thirdPartyId: standsFor,
    marketingCloudVisitorId,
    // ca-match-customerid, dlv-cust-needs-ecid
    customer: { thirdPartyId, customerIds: lacksEcid ? [] : authenticated },
    // mrg-profile-params, empty-ignored: of one said twice, the last that is not empty.
    attributes: Array.from(lastSaid(filled), ([name, value]) => ({ name, value })),
    note: isAside ? 'dlv-cust-needs-ecid' : undefined,
  };
}

/** dlv-session-form */
export const isSessionId = (text: string): boolean => /^[^\s\p{C}\P{ASCII}?{}/]{1,128}$/u.test(text);

/** Undefined where the JSON is not what is documented: err-delivery-400. */
export function readDelivery(body: Uint8Array, sessionId: string): ModelCall | undefined {
  try {
    return callOf(JSON.parse(UTF8.decode(body)), sessionId);
  } catch {
    return undefined;
  }
}

/** Throws at whatever is wrong. */
function callOf(json: unknown, sessionId: string): ModelCall {
  const body = fields(json);
  const requestId = body['requestId'] ?? undefined;
  if (requestId !== undefined && textOf(requestId).length > 128) throw new Error('requestId');
  if (textOf(fields(body['context'])['channel']) === '') throw new Error('channel');
  const id = body['id'] ?? undefined;
  const ids = fields(id ?? {});
  const [execute, prefetch] = [one(body['execute'])[0], one(body['prefetch'])[0]];
  const places = [execute, prefetch].flatMap((content) => [
    ...one(content?.['pageLoad']),
    ...few(content?.['views'], limits.DELIVERY_MBOXES_MAX),
    ...mboxesOf(content),
  ]);
  const notifications = few(body['notifications'], limits.DELIVERY_MBOXES_MAX);
  return {
    via: 'delivery',
    sessionId,
    requestId: some(requestId),
    hasIds: id !== undefined,
    tntId: some(ids['tntId']),
    thirdPartyId: some(ids['thirdPartyId']),
    marketingCloudVisitorId: some(ids['marketingCloudVisitorId']),
    customerIds: few(ids['customerIds'], limits.CUSTOMER_IDS_MAX).map(customerIdOf),
    parameters: [...places, ...notifications].flatMap((place) =>
      Object.entries(one(place['profileParameters'])[0] ?? {}),
    ),
    execute,
    prefetch,
  };
}

function mboxesOf(content: Fields | undefined): readonly Fields[] {
  return few(content?.['mboxes'], limits.DELIVERY_MBOXES_MAX).map((mbox) => {
    const { index, name } = mbox;
    if (index !== undefined && index !== null && !Number.isFinite(index)) throw new Error('index');
    some(name);
    return mbox;
  });
}

function customerIdOf(given: Fields): ModelCustomerId {
  const id = textOf(given['id']);
  const integrationCode = textOf(given['integrationCode']);
  const authenticatedState = textOf(given['authenticatedState']);
  // dlv-auth-ints: three words, and no others.
  if (!STATES.includes(authenticatedState)) throw new Error('state');
  if (id === '' || integrationCode === '') throw new Error('customer id');
  return { id, integrationCode, authenticatedState };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const STATES = ['unknown', 'authenticated', 'logged_out'];

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('no object');
  return value as Fields;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('no text');
  return value;
}

/** What is empty is not there. */
const some = (value: unknown) => textOf(value ?? '') || undefined;

const one = (value: unknown): readonly Fields[] => (value === undefined || value === null ? [] : [fields(value)]);

function few(value: unknown, max: number): readonly Fields[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > max) throw new Error('no list');
  return value.map(fields);
}

/** mrg-param-names: at.js 1.x has words of its own; of one said twice, the last. */
export function readMboxCall(given: readonly (readonly [string, string])[]): ModelCall {
  const all = lastSaid(given);
  const named = (name: string) => some(all.get(name));
  const customerIds = [...all].flatMap(([name, id]) => {
    const alias = /^vst\.(.+)\.id$/.exec(name)?.[1];
    if (alias === undefined || id === '') return [];
    // dlv-auth-ints: 1 is authenticated.
    const authenticatedState = STATES[Number(all.get(`vst.${alias}.authState`) ?? '0')] ?? 'unknown';
    return [{ id, integrationCode: alias, authenticatedState }];
  });
  return {
    via: 'mbox',
    sessionId: named('mboxSession') ?? '',
    hasIds: false,
    tntId: named('mboxPC'),
    thirdPartyId: named('mbox3rdPartyId'),
    marketingCloudVisitorId: named('mboxMCGVID'),
    customerIds,
    parameters: [...all].flatMap(([name, value]) =>
      name.startsWith('profile.') ? [[name.slice('profile.'.length), value] as const] : [],
    ),
  };
}

export interface ModelUpdate {
  readonly id: VisitorId;
  readonly values: readonly NamedValue[];
  /** sgl-unencoded-values: something was said that is nobody's. */
  readonly hasStray: boolean;
}

/** Or the rule that refuses the call. */
export function readSingleUpdate(parameters: readonly (readonly [string, string])[]): ModelUpdate | RuleId {
  // sgl-unencoded-values: what is neither an id nor an attribute is nobody's.
  const hasStray = parameters.some(([name]) => !/^(mboxPC|mbox3rdPartyId|profile\..*)$/s.test(name));
  // empty-ignored; sgl-params: by either id; of one said twice, the last.
  const said = lastSaid(parameters.filter(([, value]) => value !== ''));
  // our-undecodable: what would be stored must be what UTF-8 can carry.
  const kept = [...said].filter(([name]) => /^(mboxPC|mbox3rdPartyId|profile\..+)$/s.test(name));
  if (kept.flat().some((text) => /\p{Surrogate}/u.test(text))) return 'our-undecodable';
  const [pcId, thirdPartyId] = [said.get('mboxPC'), said.get('mbox3rdPartyId')];
  // sgl-dotted-names: the name is everything after the first `profile.`
  const values = [...said].flatMap(([name, value]) => {
    const bare = /^profile\.(.+)$/s.exec(name)?.[1];
    return bare === undefined ? [] : [{ name: bare, value }];
  });
  // sgl-params: with both, the customer's.
  if (thirdPartyId !== undefined) return { id: { kind: 'thirdPartyId', value: thirdPartyId }, values, hasStray };
  return pcId === undefined ? 'sgl-params' : { id: { kind: 'pcId', value: pcId }, values, hasStray };
}

/** Of one said twice, the last, in its own place. */
export function lastSaid(parameters: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  const said = new Map<string, string>();
  for (const [name, value] of parameters) {
    said.delete(name);
    said.set(name, value);
  }
  return said;
}

/** lim-single-size: 8 KB with GET, 60 KB with POST. */
export const isTooLarge = (method: 'GET' | 'POST', bytes: number): boolean =>
  bytes > (method === 'GET' ? SINGLE_UPDATE_GET_BYTES_MAX : SINGLE_UPDATE_POST_BYTES_MAX);
