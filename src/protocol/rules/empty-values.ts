/** Empty cells: never a reset, never a deletion, and a row of nothing else is no row at all. */
import { BULK, type DecidingRule, documented, inferred, ours, type Rule } from './rule.ts';

export const emptyIgnored: DecidingRule<(cell: string) => boolean> = {
  id: 'empty-ignored',
  statement: 'Empty or missing cells never reset or delete a stored value; they are filtered out, for v1 and v2 alike.',
  ...documented('BULK (2025-10-28); DOCCHG'),
  contradiction: 'v2-override-caveat, read as a replacement of the whole record.',
  /** `cell` is trimmed and not yet decoded. */
  decide: (cell) => cell === '',
};

export const emptyOnlySkipped: DecidingRule<(values: number) => 'write' | 'ignored'> = {
  id: 'empty-only-skipped',
  statement: 'A row, or a whole batch, that holds nothing but empty values is ignored: no update, no profile.',
  ...documented('BULK; Q10', ...BULK, 'single-update'),
  note: 'Said of batches; that a single update of nothing but empty values changes nothing either is ours.',
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

/** Ours, on the counters of rows that rule empty-only-skipped ignores. */
const ourEmptyOnlyCounters: Rule = {
  id: 'our-empty-only-counters',
  statement:
    'An ignored row counts as consumed and in none of the three outcome counters; its number is reported outside the API only.',
  ...ours('Q10', ...BULK, 'status'),
  fixed: 'A success count would contradict "ignored entirely"; the control API has the number.',
};

export const EMPTY_VALUE_RULES: readonly Rule[] = [
  emptyIgnored,
  emptyOnlySkipped,
  {
    id: 'empty-no-delete',
    statement: 'Neither version can remove an attribute; that is promised for a v3.',
    ...documented('BULK'),
  },
  emptyNullWord,
  {
    id: 'empty-v2-partial',
    statement: 'A v2 row may give values for only some of the columns.',
    ...documented('BULK; TT-B says the same of v1', 'v2'),
  },
  ourEmptyOnlyCounters,
];
