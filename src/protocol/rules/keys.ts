/** The ids of visitors: which are legal, and which two are one. */
import { THIRD_PARTY_ID_LENGTH_MAX } from '../vocabulary/index.ts';
import type { RuleId, Settings, VisitorIdKind } from '../vocabulary/index.ts';
import { BULK, type DecidingRule } from './rule.ts';

export const ourBlankKey: DecidingRule<(id: string) => boolean> = {
  id: 'our-blank-key',
  statement: 'A row with a blank id fails.',
  source: 'Q19',
  confidence: 'ours',
  versions: BULK,
  decide: (id) => id === '',
};

export const key3rdLen: DecidingRule<(id: string) => boolean> = {
  id: 'key-3rd-len',
  statement: 'A thirdPartyId has at most 256 characters (code points, decoded).',
  source: 'LIM (2019+); DEL; Q19',
  confidence: 'documented',
  versions: BULK,
  setting: 'illegalIds',
  contradiction: '128 in the at.js getOffers text and TT-D; 60 in TT-O.',
  decide: (id) => id.length > THIRD_PARTY_ID_LENGTH_MAX && codePoints(id) > THIRD_PARTY_ID_LENGTH_MAX,
};

export const key3rdChars: DecidingRule<(id: string) => boolean> = {
  id: 'key-3rd-chars',
  statement: '`+` and `/` cannot be sent in a thirdPartyId.',
  source: 'METH; CA; Q19',
  confidence: 'documented',
  versions: BULK,
  setting: 'illegalIds',
  note: 'What the service does with them is not stated; ours: the row fails.',
  decide: (id) => id.includes('+') || id.includes('/'),
};

/** The rule that refuses a decoded id, or undefined where it is fine. */
export function refusedId(kind: VisitorIdKind, id: string, illegalIds: Settings['illegalIds']): RuleId | undefined {
  if (ourBlankKey.decide(id)) return 'our-blank-key';
  if (kind === 'pcId' || illegalIds === 'accept') return undefined;
  if (key3rdLen.decide(id)) return 'key-3rd-len';
  return key3rdChars.decide(id) ? 'key-3rd-chars' : undefined;
}

/** What two spellings of one visitor's id have in common: profiles are stored under it. */
export const ourLocationHint: DecidingRule<
  (kind: VisitorIdKind, id: string, reading: Settings['locationHint']) => string
> = {
  id: 'our-location-hint',
  statement: '`X` and `X.28_20` are one profile: a suffix `.NN` or `.NN_MM` of a pcId is a location hint; any other dot belongs to the id.',
  source: 'Q8, Q32; DEL; TT-D',
  confidence: 'ours',
  versions: [...BULK, 'single-update', 'fetch'],
  setting: 'locationHint',
  decide: (kind, id, reading) =>
    kind === 'pcId' && reading === 'same-profile' && id.includes('.') ? id.replace(LOCATION_HINT, '$1') : id,
};

const LOCATION_HINT = /^([^]+)\.\d+(?:_\d+)?$/;

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
