/** Signs of files that were joined, are no text, or not in the encoding they are said to be in. */
import { type InputProblem, problemOf } from './input-problem.ts';

// oxlint-disable-next-line no-control-regex -- it is what this is about
export const HIDDEN = /[\u0000\uFEFF]/;

/** `index` is the cell's, from 0. */
export function hiddenCharacter(text: string, index: number, more: Partial<InputProblem>): InputProblem {
  const what = text.includes('\0')
    ? 'NUL, which no text does: is it something else, or in another --encoding?'
    : 'a byte order mark, as in files that were joined. At the ends of cells, --trim takes it off.';
  return problemOf('hidden-character', `The cell holds ${what}`, { column: index + 1, ...more });
}

export const repeatedHeader = (line: number): InputProblem =>
  problemOf('repeated-header', 'The row repeats the header row, as in files that were joined.', { line, column: 1 });

export function notText(line: number, before: string, encoding: string): InputProblem {
  const where = `after ${before.length} characters of the line`;
  const message =
    encoding === 'auto'
      ? `There are bytes that are not UTF-8 ${where}. Say what the file is in, perhaps --encoding windows-1252.`
      : `There is something that is not ${encoding} ${where}: is the --encoding right?`;
  return problemOf('not-utf8', message, { line });
}
