/** Empty cells: never a reset, never a deletion, and a row of nothing else is no row at all. */
import type { Counters, Settings } from '../vocabulary/index.ts';
import { BULK, type DecidingRule, documented, inferred, ours } from './rule.ts';

export const emptyIgnored: DecidingRule<(cell: string) => boolean> = {
  id: 'empty-ignored',
  statement: 'Empty or missing cells never reset or delete a stored value; they are filtered out, for v1 and v2 alike.',
  ...documented('BULK (2025-10-28); DOCCHG'),
  setting: 'empties',
  contradiction: 'v2-override-caveat, read as a replacement of the whole record.',
  /** `cell` is trimmed and not yet decoded. */
  note: 'Ours: of what is left when raw blanks are trimmed (our-trimmed-blanks); words for nothing are values, unless a setting says otherwise (our-empty-words).',
  decide: (cell) => cell === '',
};

/** `value` is decoded. */
export const ourEmptyWords: DecidingRule<(value: string, reading: Settings['empties']) => boolean> = {
  id: 'our-empty-words',
  statement:
    'A cell with `""`, a word for nothing or encoded blanks has a value; by setting `""`, or also `null`, `NULL`, `undefined` and blanks, are empty cells.',
  ...ours('BULK; body-pure-file'),
  setting: 'empties',
  note: 'Noted either way: our-quoted-cell, empty-null-word, our-placeholder-words.',
  decide: (value, reading) =>
    reading !== 'missing' && (value === '""' || (reading === 'words' && WORDS_FOR_NOTHING.test(value))),
};

const WORDS_FOR_NOTHING = /^(?:null|NULL|undefined| +)$/;

export const emptyOnlySkipped: DecidingRule<(values: number) => 'write' | 'ignored'> = {
  id: 'empty-only-skipped',
  statement: 'A row, or a whole batch, that holds nothing but empty values is ignored: no update, no profile.',
  ...documented('BULK; Q10', ...BULK, 'single-update'),
  note: 'Said of batches. Ours: a single update of nothing but empty values changes nothing either.',
  decide: (values) => (values === 0 ? 'ignored' : 'write'),
};

export const emptyNullWord: DecidingRule<(value: string) => boolean> = {
  id: 'empty-null-word',
  statement:
    'The four letters `null` are an ordinary value; they are noted, since the file has no way to write a null.',
  ...inferred('BULK'),
  contradiction: 'BULK lists "null" beside the empty string among what is filtered out.',
  decide: (value) => value === 'null',
};

/** Advice, for every value of every row: `null` itself is rule empty-null-word's. */
export const ourPlaceholderWords: DecidingRule<(value: string) => boolean> = {
  id: 'our-placeholder-words',
  statement:
    'What programs write in place of nothing, such as `NULL`, `undefined`, `NaN` or `[object Object]`, is noted.',
  ...ours('no document; empty-null-word'),
  fixed: 'It is a note and changes no answer.',
  decide: (value) => PLACEHOLDERS.has(value),
};

const PLACEHOLDERS: ReadonlySet<string> = new Set([
  'NULL',
  'None',
  'nil',
  'NaN',
  'N/A',
  'undefined',
  '(null)',
  '[object Object]',
]);

/** False for a raw cell that is none of them, nor `null`, with a look at one or two characters: asked of every cell. */
export function mayBePlaceholder(cell: string): boolean {
  switch (cell.charCodeAt(0)) {
    case 0x28: // (
    case 0x4e: // N
    case 0x5b: // [
    case 0x6e: // n
    case 0x75: // u
      return true;
    case 0x25: // %: the escape of one of them, at least
      return cell.charCodeAt(1) < 0x38;
    default:
      return false;
  }
}

/** What a status reply tells of a batch: `ignored` of its consumed rows had nothing to write. */
export const ourEmptyOnlyCounters: DecidingRule<
  (successfulUpdates: number, ignored: number, reading: Settings['ignoredRows']) => number
> = {
  id: 'our-empty-only-counters',
  statement:
    'An ignored row counts as consumed and in none of the three outcome counters, by setting as a successful update; its number is reported outside the API only.',
  ...ours('Q10', ...BULK, 'status'),
  setting: 'ignoredRows',
  note: 'A success count would contradict "ignored entirely", hence the default.',
  decide: (successfulUpdates, ignored, reading) => successfulUpdates + (reading === 'as-updated' ? ignored : 0),
};

/** What is told of a batch as its successful updates; ignored is what is in none of the three (cnt-sum). */
export function toldUpdates(
  { consumedCount, successfulUpdates, profilesNotFound, failedUpdates }: Omit<Counters, 'batchSize' | 'ignoredRows'>,
  { ignoredRows }: Pick<Settings, 'ignoredRows'>,
): number {
  const ignored = consumedCount - successfulUpdates - profilesNotFound - failedUpdates;
  return ourEmptyOnlyCounters.decide(successfulUpdates, ignored, ignoredRows);
}
