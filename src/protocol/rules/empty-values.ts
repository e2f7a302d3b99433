/** Empty cells: never a reset, never a deletion, and a row of nothing else is no row at all. */
import { BULK, type DecidingRule } from './rule.ts';

export const emptyIgnored: DecidingRule<(cell: string) => boolean> = {
  id: 'empty-ignored',
  statement: 'Empty or missing cells never reset or delete a stored value; they are filtered out, for v1 and v2 alike.',
  source: 'BULK (2025-10-28); DOCCHG',
  confidence: 'documented',
  versions: BULK,
  contradiction: 'v2-override-caveat, read as a replacement of the whole record.',
  /** `cell` is trimmed and not yet decoded. */
  decide: (cell) => cell === '',
};

export const emptyOnlySkipped: DecidingRule<(values: number) => 'write' | 'ignored'> = {
  id: 'empty-only-skipped',
  statement: 'A row, or a whole batch, that holds nothing but empty values is ignored: no update, no profile.',
  source: 'BULK; Q10',
  confidence: 'documented',
  versions: BULK,
  decide: (values) => (values === 0 ? 'ignored' : 'write'),
};
