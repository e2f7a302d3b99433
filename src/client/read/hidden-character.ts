/** What no text holds: NUL, and a byte order mark, which says that files were joined. */
import type { InputProblem } from './input-problem.ts';

// oxlint-disable-next-line no-control-regex -- it is what this is about
export const HIDDEN = /[\u0000\uFEFF]/;

/** `index` is the cell's, from 0. */
export function hiddenCharacter(text: string, index: number): InputProblem {
  const what = text.includes('\0')
    ? 'NUL, which no text does: is it something else, or in another --encoding?'
    : 'a byte order mark, as in files that were joined. At the ends of cells, --trim takes it off.';
  return { code: 'hidden-character', column: index + 1, message: `The cell holds ${what}`, wholeFile: false };
}
