/** The ids of visitors: which are legal, and which two are one. */
import { DELIVERY_ID_LENGTH_MAX, THIRD_PARTY_ID_LENGTH_MAX } from '../vocabulary/index.ts';
import type { Api, KnownIdKind, RuleId, Settings, VisitorIdKind } from '../vocabulary/index.ts';
import { BULK, type DecidingRule, documented, ours } from './rule.ts';

export const ourBlankKey: DecidingRule<(id: string) => boolean> = {
  id: 'our-blank-key',
  statement: 'A row with a blank id fails.',
  ...ours('Q19'),
  fixed: 'A row that names nobody has nobody to write to.',
  decide: (id) => id === '',
};

export const key3rdLen: DecidingRule<(id: string) => boolean> = {
  id: 'key-3rd-len',
  statement: 'A thirdPartyId has at most 256 characters (code points, decoded).',
  ...documented('LIM (2019+); DEL; Q19', ...BULK, 'single-update', 'delivery', 'customer-attributes'),
  setting: 'illegalIds',
  contradiction: '128 in the at.js getOffers text and TT-D; 60 in TT-O.',
  note: 'Ours: counted in code points of the decoded id; a row beyond it fails, in a file of customer attributes too.',
  decide: (id) => longerThan(id, THIRD_PARTY_ID_LENGTH_MAX),
};

export const key3rdChars: DecidingRule<(id: string) => boolean> = {
  id: 'key-3rd-chars',
  statement: '`+` and `/` cannot be sent in a thirdPartyId.',
  ...documented('METH; CA; Q19', ...BULK, 'single-update', 'delivery', 'customer-attributes'),
  setting: 'illegalIds',
  note: 'Ours: the row fails, in a batch file and in one of customer attributes, and a call is refused, also one whose customer id would stand as such a thirdPartyId, since what the service does with them is not stated; a single update is done, and noted.',
  decide: (id) => id.includes('+') || id.includes('/'),
};

/** Whether a batch breaks the guidance: it works all the same, and is noted. */
export const keyEcidGuidance: DecidingRule<(api: Api, kind: VisitorIdKind) => boolean> = {
  id: 'key-ecid-guidance',
  statement: 'With an ECID implementation, v2 is not to be used with `pcId`: use v1, or v2 with `thirdPartyId`.',
  ...documented('BULK (2025-08-19); DOCCHG; Q27', 'v2'),
  contradiction: 'For one day (2025-08-18) the page had both ids swapped.',
  note: 'Ours: the batch works as an upsert and is noted, since what breaking it leads to is not described.',
  decide: (api, kind) => api === 'v2' && kind === 'pcId',
};

/** As `keyEcidGuidance`, of the other version. */
export const ourV1ThirdPartyId: DecidingRule<(api: Api, kind: VisitorIdKind) => boolean> = {
  id: 'our-v1-third-party-id',
  statement: 'A v1 batch keyed by thirdPartyId works like any other, and is noted.',
  ...ours('Q26; BULK', 'v1'),
  fixed: 'BULK is the newer text, and TT-B the only one that knew no such batch.',
  decide: (api, kind) => api === 'v1' && kind === 'thirdPartyId',
};

/** Advice: the API states it for the tntId of a Delivery call. */
export const ourPcIdLength: DecidingRule<(kind: VisitorIdKind, id: string) => boolean> = {
  id: 'our-pcid-length',
  statement: 'A pcId of more than 128 characters in a batch file is taken and noted: Target makes none.',
  ...ours('no document; dlv-id-lengths'),
  fixed: 'It is a note and changes no answer: the length is never stated for bulk.',
  decide: (kind, id) => kind === 'pcId' && longerThan(id, DELIVERY_ID_LENGTH_MAX),
};

/** Advice: what no fetch can name. */
export const ourDotId: DecidingRule<(id: string) => boolean> = {
  id: 'our-dot-id',
  statement: 'An id that is `.` or `..` alone in a batch file is taken and noted: no URL can ask for its profile.',
  ...ours('no document; ep-fetch-tnt, ep-fetch-3rd'),
  fixed: 'It is a note and changes no answer: every URL drops such a segment, percent-encoded too.',
  decide: (id) => id === '.' || id === '..',
};

/** The rule that refuses a decoded id, or undefined where it is fine. */
export function refusedId(kind: KnownIdKind, id: string, illegalIds: Settings['illegalIds']): RuleId | undefined {
  if (ourBlankKey.decide(id)) return 'our-blank-key';
  if (kind !== 'thirdPartyId' || illegalIds === 'accept') return undefined;
  if (key3rdLen.decide(id)) return 'key-3rd-len';
  return key3rdChars.decide(id) ? 'key-3rd-chars' : undefined;
}

/** What two spellings of one visitor's id have in common: profiles are stored under it. */
export const ourLocationHint: DecidingRule<
  (kind: KnownIdKind, id: string, reading: Settings['locationHint']) => string
> = {
  id: 'our-location-hint',
  statement:
    '`X` and `X.28_20` are one profile: a suffix `.NN` or `.NN_MM` of a pcId is a location hint; any other dot belongs to the id.',
  ...ours('Q8, Q32; DEL; TT-D', ...BULK, 'single-update', 'fetch'),
  setting: 'locationHint',
  decide: (kind, id, reading) =>
    kind === 'pcId' && reading === 'same-profile' && id.includes('.') ? id.replace(LOCATION_HINT, '$1') : id,
};

const LOCATION_HINT = /^([^]+)\.\d+(?:_\d+)?$/;

/** Whether a text has more than `max` code points; text of no more than `max` code units is not walked. */
export function longerThan(text: string, max: number): boolean {
  if (text.length <= max) return false;
  let count = 0;
  for (const _ of text) {
    count += 1;
    if (count > max) return true;
  }
  return false;
}
