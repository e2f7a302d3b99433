/** The header row: which id the rows are keyed by, and what the attribute columns are called. */
import type { Rejection, VisitorIdKind } from '../vocabulary/index.ts';
import { BULK, type DecidingRule } from './rule.ts';

export const hdrKeyFirst: DecidingRule<(firstName: string) => VisitorIdKind | Rejection> = {
  id: 'hdr-key-first',
  statement: 'The first column must be `pcId` or `thirdPartyId`, in exactly this case.',
  source: 'BULK; SLATE; Q26',
  confidence: 'documented',
  versions: BULK,
  contradiction: 'TT-B (v1 only, older) knew no third-party ids.',
  decide: (firstName) =>
    firstName === 'pcId' || firstName === 'thirdPartyId'
      ? firstName
      : {
          kind: 'rejection',
          rule: 'hdr-key-first',
          message: `The first column is called ${JSON.stringify(excerpt(firstName))}; it must be pcId or thirdPartyId.`,
          where: { row: 0, column: 1 },
        },
};

export const hdrEncoded: DecidingRule<(name: string | undefined, column: number) => Rejection | undefined> = {
  id: 'hdr-encoded',
  statement: 'Column names, like values, must be percent-encoded UTF-8.',
  source: 'BULK; Q19, Q33',
  confidence: 'documented',
  versions: BULK,
  /** `name` is undefined where it could not be decoded. */
  decide: (name, column) =>
    name === undefined
      ? {
          kind: 'rejection',
          rule: 'hdr-encoded',
          message: `The name of column ${column} is not percent-encoded UTF-8.`,
          where: { row: 0, column },
        }
      : undefined,
};

/** What is odd about a column's name: it changes nothing but the note, except that a blank name's cells are never read. */
export const ourColumnNames: DecidingRule<
  (name: string, namesBefore: ReadonlySet<string>) => 'plain' | 'blank' | 'duplicate' | 'prefixed'
> = {
  id: 'our-column-names',
  statement:
    'Cells under a blank name are ignored; of columns with one name the last non-empty cell wins; a name that starts with `profile.` is kept as it stands.',
  source: 'Q7, Q31',
  confidence: 'ours',
  versions: BULK,
  decide(name, namesBefore) {
    if (name === '') return 'blank';
    if (namesBefore.has(name)) return 'duplicate';
    return name.startsWith('profile.') ? 'prefixed' : 'plain';
  },
};

/** Long enough to recognise, short enough for one line. */
function excerpt(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}
