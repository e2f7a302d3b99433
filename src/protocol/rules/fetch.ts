/** The profile fetch: what it shows, and what it says of a profile it does not have. */
import type { KnownId, Rejection, RuleId, Settings } from '../vocabulary/index.ts';
import { type DecidingRule, documented, ours, refuse } from './rule.ts';

export const errFetch4043rd: DecidingRule<(client: string, thirdPartyId: string) => string> = {
  id: 'err-fetch-404-3rd',
  statement:
    'For an unknown or expired thirdPartyId the answer is HTTP 404 and "No profile found for client {client} with third party id={id}".',
  ...documented('FETCH; TT-F', 'fetch'),
  note: 'That the HTTP status equals the one in the body is inferred.',
  decide: (client, thirdPartyId) => `No profile found for client ${client} with third party id=${thirdPartyId}`,
};

export const errFetch404Pc: DecidingRule<(client: string, pcId: string) => string> = {
  id: 'err-fetch-404-pc',
  statement:
    'For an unknown or expired pcId the answer is HTTP 404 and "No profile found for client {client} with mboxPC={id}".',
  ...documented('FETCH; TT-F', 'fetch'),
  decide: (client, pcId) => `No profile found for client ${client} with mboxPC=${pcId}`,
};

export const ourFetchEcid: DecidingRule<(client: string, ecid: string) => string> = {
  id: 'our-fetch-ecid',
  statement: 'For an unknown ECID the answer is HTTP 404, in words of the emulator.',
  ...ours('ep-fetch-ecid', 'fetch'),
  fixed: 'No other wording is known that a setting could give.',
  decide: (client, ecid) =>
    `target-profile-emulator: No profile found for client ${client} with marketingCloudVisitorId=${ecid}`,
};

/** The HTTP status of all, and the one inside their JSON. */
export const PROFILE_NOT_FOUND_STATUS = 404;

/** Which of them speaks for an id. */
export function profileNotFoundRule({ kind }: KnownId): RuleId {
  return NOT_FOUND[kind].id;
}

/** The 404 text for an id of any kind. */
export function profileNotFoundMessage(client: string, { kind, value }: KnownId): string {
  return NOT_FOUND[kind].decide(client, value);
}

const NOT_FOUND = { pcId: errFetch404Pc, thirdPartyId: errFetch4043rd, marketingCloudVisitorId: ourFetchEcid };

/** The account's code as it was sent. */
export const fchClientRequired: DecidingRule<(query: { get(name: string): string | null }) => string | Rejection> = {
  id: 'fch-client-required',
  statement: 'The query parameter `client` names the account of a fetch.',
  ...documented('FETCH', 'fetch'),
  contradiction: "PROF's table calls it `clientcode`, its sample `client`: both are taken, and the latter goes before.",
  note: 'Ours: HTTP 400 without it, since the answer is not stated.',
  decide: (query) =>
    query.get('client') ||
    query.get('clientcode') ||
    refuse('fch-client-required', 'The query parameter `client` is missing.'),
};

/** What Target itself says of a visitor whom a call at `now` creates. */
export const fchOnlyCustom: DecidingRule<
  (now: number, reading: Settings['systemAttributes']) => readonly { readonly name: string; readonly value: string }[]
> = {
  id: 'fch-only-custom',
  statement: 'A fetch shows the attributes the customer set, and no others.',
  ...documented('TT-F', 'fetch', 'delivery'),
  setting: 'systemAttributes',
  contradiction: "PROF's sample has system attributes too.",
  note: 'Archived. `user.*` are what the profile scripts of an account have found, `entity.*` what its pages have shown: no call says either, and a test seeds them. Ours: by setting a visitor whom a Delivery or mbox call creates has `firstSessionStart`, in milliseconds, among the other attributes.',
  decide: (now, reading) => (reading === 'shown' ? [{ name: 'firstSessionStart', value: String(now) }] : []),
};

export const ourFetchIdentity: DecidingRule<(requested: KnownId) => string> = {
  id: 'our-fetch-identity',
  statement: "A fetched profile's `visitorId` is the id it was asked for by; no other id is shown.",
  ...ours('Q14', 'fetch'),
  fixed: 'The only documented sample shows it so.',
  decide: (requested) => requested.value,
};

/** `timeMs` counts from 1970-01-01T00:00:00Z; a time that no calendar reaches is told as the last that it does. */
export const ourFetchTimes: DecidingRule<(timeMs: number) => string> = {
  id: 'our-fetch-times',
  statement: 'Times in fetched profiles have the form `2026-01-01T00:00:00.000+00:00`.',
  ...ours('Q36; res-fetch-json', 'fetch'),
  fixed: 'It is the documented form with its zone said.',
  decide: (timeMs) => `${new Date(Math.min(timeMs, DATE_MS_MAX)).toISOString().slice(0, -1)}+00:00`,
};

const DATE_MS_MAX = 8.64e15;
