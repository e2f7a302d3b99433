/** Signs of files that were joined, or are no text: a second header row, a byte order mark, NUL. */
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

export function repeatedHeader(line: number): InputProblem {
  const message = 'The row repeats the header row, as in files that were joined.';
  return { code: 'repeated-header', line, column: 1, message, wholeFile: false };
}
