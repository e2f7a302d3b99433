/** Delivery and mbox calls: what they may say, whom they name, and what they are refused with. */
import {
  CUSTOMER_IDS_MAX,
  DELIVERY_BODY_BYTES_MAX,
  DELIVERY_ID_LENGTH_MAX,
  INTEGRATION_CODE_LENGTH_MAX,
  PROFILE_PARAMETERS_MAX,
  THIRD_PARTY_ID_LENGTH_MAX,
} from '../vocabulary/index.ts';
import type { Rejection, RuleId, Settings } from '../vocabulary/index.ts';
import { longerThan } from './keys.ts';
import { hdrNameLen } from './header-row.ts';
import { limValue256 } from './limits.ts';
import { type DecidingRule, documented, observedByClient, ours, refuse } from './rule.ts';

/** A customer's id under the alias of an attribute source. */
export interface CustomerId {
  readonly id: string;
  readonly integrationCode: string;
  readonly authenticatedState: AuthenticatedState;
}

/** In the order of at.js 1.x, which sends their numbers (dlv-auth-ints). */
export const AUTHENTICATED_STATES = ['unknown', 'authenticated', 'logged_out'] as const;
export type AuthenticatedState = (typeof AUTHENTICATED_STATES)[number];

/** Whom a call names; what is empty is not there. */
export interface CallIds {
  readonly tntId: string | undefined;
  readonly thirdPartyId: string | undefined;
  readonly marketingCloudVisitorId: string | undefined;
  readonly customerIds: readonly CustomerId[];
}

/** Which account a Delivery call is about. `orgs` are the client codes of organisations. */
export const ourDeliveryClient: DecidingRule<
  (asked: {
    readonly client: string | null;
    readonly org: string | null;
    readonly orgs: ReadonlyMap<string, string>;
    readonly hostClient: string | undefined;
    readonly isKnown: (code: string) => boolean;
  }) => string | Rejection
> = {
  id: 'our-delivery-client',
  statement:
    'A Delivery call is about the client of its query; without one about that of its organisation, and else about that of the host name.',
  ...ours('no document; ep-delivery', 'delivery'),
  fixed: '`--org` and the query are the choice.',
  note: 'SDKs name an organisation only. `--org ORG=CLIENT` says whose it is; one whose part before the @ is a client code in use stands for that.',
  decide({ client, org, orgs, hostClient, isKnown }) {
    if (client !== null && client !== '') return client;
    const [label = ''] = (org ?? '').split('@');
    const code = orgs.get(org ?? '') ?? (isKnown(label) ? label : hostClient);
    return (
      code ??
      refuse('our-delivery-client', `No client code is known for ${nameOf(org)}: start the emulator with --org.`)
    );
  },
};

const nameOf = (org: string | null) =>
  org === null || org === ''
    ? 'a call without client and imsOrgId'
    : `the organisation ${JSON.stringify(org.slice(0, 64))}`;

export const dlvSessionForm: DecidingRule<(sessionId: string | null) => Rejection | undefined> = {
  id: 'dlv-session-form',
  statement: 'A session id has 1 to 128 printable characters, none of them a blank or one of `?`, `{`, `}`, `/`.',
  ...documented('LIM; DEL', 'delivery'),
  contradiction: "IDV's own examples hold a `#`.",
  note: 'Ours: printable is read as ASCII.',
  decide: (sessionId) =>
    /^[!-~]{1,128}$/.test(sessionId ?? '') && !/[?{}/]/.test(sessionId ?? '')
      ? undefined
      : refuse(
          'dlv-session-form',
          'The session id must be 1 to 128 printable characters without blanks, ?, {, } and /.',
        ),
};

export const dlvIdLengths: DecidingRule<(ids: CallIds) => Rejection | undefined> = {
  id: 'dlv-id-lengths',
  statement:
    'A tntId, an ECID and a customer id have at most 128 characters, a thirdPartyId 256, an integrationCode 50; a call has at most 50 customer ids.',
  ...documented('DEL', 'delivery'),
  contradiction: 'The getOffers page: thirdPartyId 128.',
  note: 'Ours: counted in code points; a call beyond one of them is refused as a whole.',
  decide({ tntId = '', thirdPartyId = '', marketingCloudVisitorId = '', customerIds }) {
    const isTooLong =
      customerIds.length > CUSTOMER_IDS_MAX ||
      longerThan(thirdPartyId, THIRD_PARTY_ID_LENGTH_MAX) ||
      [tntId, marketingCloudVisitorId].some((id) => longerThan(id, DELIVERY_ID_LENGTH_MAX)) ||
      customerIds.some(
        ({ id, integrationCode }) =>
          longerThan(id, DELIVERY_ID_LENGTH_MAX) || longerThan(integrationCode, INTEGRATION_CODE_LENGTH_MAX),
      );
    return isTooLong
      ? refuse('dlv-id-lengths', 'An id is longer than documented, or there are more than 50 customer ids.')
      : undefined;
  },
};

export const dlvIdOneOf: DecidingRule<(ids: CallIds) => Rejection | undefined> = {
  id: 'dlv-id-one-of',
  statement:
    'A call with `id` must name a tntId, a thirdPartyId or a marketingCloudVisitorId in it; one without gets a new tntId.',
  ...documented('DEL', 'delivery'),
  decide: ({ tntId, thirdPartyId, marketingCloudVisitorId }) =>
    tntId === undefined && thirdPartyId === undefined && marketingCloudVisitorId === undefined
      ? refuse('dlv-id-one-of', 'Either tntId, thirdPartyId or marketingCloudVisitorId required.')
      : undefined,
};

/** Whether customer ids are taken into account: at.js 1.x sends them as parameters of their own. */
export const dlvCustNeedsEcid: DecidingRule<(via: 'delivery' | 'mbox', ecid: string | undefined) => boolean> = {
  id: 'dlv-cust-needs-ecid',
  statement: 'The customer ids of a Delivery call count only beside an ECID.',
  ...documented('IDV; DEL', 'delivery'),
  contradiction: 'CA: `vst.*` parameters alone may identify; so they do in mbox calls.',
  note: 'Ours: without one they are left aside, and the reply says so, since what the service does is not stated.',
  decide: (via, ecid) => via === 'mbox' || ecid !== undefined,
};

/** The thirdPartyId that customer ids stand for. */
export const mrgCustomerIds: DecidingRule<
  (customerIds: readonly CustomerId[], reading: Settings['customerIds']) => string | undefined
> = {
  id: 'mrg-customer-ids',
  statement: 'Customer ids count only while `authenticated`; the first one counts.',
  ...documented('IDV; 3RD; ca-match-3rd', 'delivery'),
  setting: 'customerIds',
  note: 'Ours: every alias is a known one, the id then stands as the thirdPartyId, and a thirdPartyId of the call goes before it.',
  decide: (customerIds, reading) =>
    reading === 'ignore'
      ? undefined
      : customerIds.find(({ authenticatedState }) => authenticatedState === 'authenticated')?.id,
};

/** How many there are in the whole call. */
export const limMboxParams: DecidingRule<(count: number) => Rejection | undefined> = {
  id: 'lim-mbox-params',
  statement: 'A Delivery or mbox call has at most 50 profile parameters.',
  ...documented('LIM; DEL', 'delivery'),
  contradiction: '500 for standard mbox calls.',
  note: 'Ours: those of all mboxes of a call count together, and a call beyond it is refused.',
  decide: (count) =>
    count > PROFILE_PARAMETERS_MAX
      ? refuse('lim-mbox-params', `The call has more than ${PROFILE_PARAMETERS_MAX} profile parameters.`)
      : undefined,
};

/** One profile parameter of a call; its name stands without `profile.` */
export const dlvParamNull: DecidingRule<(name: string, value: unknown) => Rejection | undefined> = {
  id: 'dlv-param-null',
  statement:
    'A profile parameter has a value that is a text and not null, and a name that is not blank and has no `profile.` prefix.',
  ...documented('LIM; DEL', 'delivery'),
  note: 'Ours: names of more than 128 characters (hdr-name-len) and values of more than 256 (lim-value-256) are refused as well.',
  decide(name, value) {
    if (name.trim() === '' || name.startsWith('profile.') || typeof value !== 'string')
      return refuse(
        'dlv-param-null',
        'A profile parameter must have a name without `profile.`, and a text as its value.',
      );
    if (hdrNameLen.decide(name))
      return refuse('hdr-name-len', 'The name of a profile parameter has more than 128 characters.');
    return limValue256.decide(value)
      ? refuse('lim-value-256', 'The value of a profile parameter has more than 256 characters.')
      : undefined;
  },
};

export const limDeliveryBody: DecidingRule<(bytes: number) => Rejection | undefined> = {
  id: 'lim-delivery-body',
  statement: 'The Delivery API answers a body of more than 60 MB with HTTP 413.',
  ...documented('LIM', 'delivery'),
  note: 'The nearest precedent for a batch file that is too large (lim-file-size). Ours: MB is read as 1,000,000 bytes.',
  decide: (bytes) =>
    bytes > DELIVERY_BODY_BYTES_MAX ? refuse('lim-delivery-body', 'The body has more than 60 MB.') : undefined,
};

/** The HTTP status of a refused call. */
export const errDelivery400: DecidingRule<(rule: RuleId) => number> = {
  id: 'err-delivery-400',
  statement: 'A Delivery call that does not hold is answered with HTTP 400 and `{"status":400,"message":…}`.',
  ...documented('DEL; LIM', 'delivery'),
  note: 'Only two of its messages are documented. Ours: a refused mbox call is answered alike.',
  decide: (rule) => (rule === 'lim-delivery-body' ? 413 : 400),
};

/** What a new tntId ends with, and the host that replies name. */
export const mrgSdkHop: DecidingRule<
  (reading: Settings['edgeHost']) => { readonly hint: string; readonly edgeHost: string }
> = {
  id: 'mrg-sdk-hop',
  statement:
    'The Node SDK goes on to `mboxedgeNN.tt.omtrdc.net` once a tntId with a location hint or an edgeHost of four parts was returned.',
  ...observedByClient('NSDK run here', 'delivery'),
  setting: 'edgeHost',
  note: 'Ours: so that it stays, new tntIds have no hint here and the edgeHost is one word.',
  decide: (reading) =>
    reading === 'own' ? { hint: '', edgeHost: 'localhost' } : { hint: '.28_0', edgeHost: 'mboxedge28.tt.omtrdc.net' },
};

/** When the store has what a call at `now` says of its visitor, unless another call comes before. */
export const mrgMemory: DecidingRule<(now: number, reading: Settings['sessionWrites']) => number> = {
  id: 'mrg-memory',
  statement:
    "A visitor's profile lives in the memory of an edge and is written to the store after 30 minutes without a call.",
  ...documented('VP; TT-O', 'delivery', 'fetch'),
  setting: 'sessionWrites',
  contradiction: 'mrg-saved-to-3rd: when the session ends, and every 5 to 10 minutes. fch-lag: up to an hour.',
  note: 'The ground on which reading R3 of v2-override-caveat stands. Ours: by default there is no wait. By setting profile parameters, and a visitor whom a call creates, wait so long for every other API, and then count as written at that moment; ids, merges and what was pending do not wait.',
  decide: (now, reading) => (reading === 'at-once' ? now : now + SESSION_MS),
};

const SESSION_MS = 30 * 60_000;
