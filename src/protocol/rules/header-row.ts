/** The header row: which id the rows are keyed by, and what the attribute columns are called. */
import { COLUMNS_MAX, HEADER_ROW_BYTES_MAX, MBOX_NAME_LENGTH_MAX } from '../vocabulary/index.ts';
import type { Rejection, VisitorIdKind } from '../vocabulary/index.ts';
import { longerThan } from './keys.ts';
import { type DecidingRule, documented, ours, refuse } from './rule.ts';

export const hdrKeyFirst: DecidingRule<(firstName: string) => VisitorIdKind | Rejection> = {
  id: 'hdr-key-first',
  statement: 'The first column must be `pcId` or `thirdPartyId`, in exactly this case.',
  ...documented('BULK; SLATE; Q26'),
  contradiction: 'TT-B (v1 only, older) knew no third-party ids.',
  note: 'Ours: the case, which is inferred from hdr-case, and that another name refuses the whole file.',
  decide: (firstName) =>
    firstName === 'pcId' || firstName === 'thirdPartyId'
      ? firstName
      : refuse('hdr-key-first', `The first column is called ${quoted(firstName)}; it must be pcId or thirdPartyId.`, {
          row: 0,
          column: 1,
        }),
};

export const hdrEncoded: DecidingRule<(name: string | undefined, column: number) => Rejection | undefined> = {
  id: 'hdr-encoded',
  statement: 'Column names, like values, must be percent-encoded UTF-8.',
  ...documented('BULK; Q19, Q33'),
  /** `name` is undefined where it could not be decoded. */
  note: 'Ours: a name that is not refuses the whole file.',
  decide: (name, column) =>
    name === undefined
      ? refuse('hdr-encoded', `The name of column ${column} is not percent-encoded UTF-8.`, { row: 0, column })
      : undefined,
};

/** `bytes` are those of the line, without what ends it. */
export const ourColumnsMax: DecidingRule<(columns: number, bytes: number) => Rejection | undefined> = {
  id: 'our-columns-max',
  statement: 'The emulator refuses a header row of more than 10,000 columns or 1 MiB, as soon as so many have arrived.',
  ...ours('this emulator; nothing of the API (hdr-no-count-limit)'),
  fixed: 'It bounds the work of this machine, and is no reading of the documents.',
  note: 'A file whose line ends were lost is one header row of millions of columns. Nothing a profile can hold (lim-profile-64k) needs as many. A file of customer attributes fails by it.',
  decide: (columns, bytes) =>
    columns <= COLUMNS_MAX && bytes <= HEADER_ROW_BYTES_MAX
      ? undefined
      : refuse(
          'our-columns-max',
          `The header row has more than ${COLUMNS_MAX} columns or ${HEADER_ROW_BYTES_MAX} bytes, more than this emulator takes. Were line ends lost (curl --data)? Send the file with --data-binary.`,
          { row: 0 },
        ),
};

/** What is odd about a column's name: it changes nothing but the note, except that a blank name's cells are never read. */
export const ourColumnNames: DecidingRule<
  (name: string, namesBefore: { has(name: string): boolean }) => 'plain' | 'blank' | 'duplicate'
> = {
  id: 'our-column-names',
  statement:
    'Cells under a blank name are ignored; of columns with one name the last non-empty cell wins; a name that starts with `profile.` is kept as it stands.',
  ...ours('Q7, Q31'),
  fixed: 'Each such header row is noted, which is worth more than a second guess.',
  decide(name, namesBefore) {
    if (name === '') return 'blank';
    return namesBefore.has(name) ? 'duplicate' : 'plain';
  },
};

/** Whether a name has the prefix it should not have: kept as it stands, and noted. */
export const hdrParamnameOnly: DecidingRule<(name: string) => boolean> = {
  id: 'hdr-paramname-only',
  statement: 'Attribute columns carry bare names; Target shows them as `profile.{name}`.',
  ...documented('BULK; TT-B; Q7'),
  note: 'Ours: a literal `profile.x` is kept as it stands and noted, since it will show as `profile.profile.x`.',
  decide: (name) => name.startsWith('profile.'),
};

/** A decoded name after the first column's. */
export const ourSecondId: DecidingRule<(name: string) => boolean> = {
  id: 'our-second-id',
  statement:
    'A column after the first that is called like an id is noted: it becomes an attribute, and identifies nobody.',
  ...ours('no document; hdr-key-first, hdr-3rd-name, hdr-no-ecid'),
  fixed: 'It is a note and changes no answer.',
  decide: (name) => ID_NAMES.has(name.toLowerCase()),
};

const ID_NAMES: ReadonlySet<string> = new Set(
  'pcid thirdpartyid mboxpc mbox3rdpartyid tntid marketingcloudvisitorid mboxmcgvid ecid'.split(' '),
);

export const ourReservedNames: DecidingRule<(name: string) => boolean> = {
  id: 'our-reserved-names',
  statement:
    'A name that begins with `user.` or `entity.` is kept as it stands and noted: Target gives these a meaning of its own.',
  ...ours('no document; ca-page-readonly says it of `crs.`'),
  fixed: 'What the service does with such a name is not stated; the note says that it is odd.',
  decide: (name) => /^(?:user|entity)\./.test(name),
};

/** Advice: the API states it for names sent in mbox calls only. */
export const hdrNameLen: DecidingRule<(name: string) => boolean> = {
  id: 'hdr-name-len',
  statement:
    'Attribute names sent in mbox and Delivery calls have at most 128 characters; a longer one in a batch file is taken and noted.',
  ...documented('LIM; DEL'),
  note: 'Never stated for bulk. Ours: advice only, counted in code points of the decoded name, once for each column.',
  decide: (name) => longerThan(name, MBOX_NAME_LENGTH_MAX),
};

/** Long enough to recognise, short enough for one line; what nobody could see, such as a byte order mark, as an escape. */
function quoted(name: string): string {
  const excerpt = name.length <= 40 ? name : `${name.slice(0, 40)}…`;
  return JSON.stringify(excerpt).replaceAll(INVISIBLE, escapeUnits);
}

const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

function escapeUnits(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
