/** Bytes that are not what the file is said to be in. */
import type { InputProblem } from './input-problem.ts';

export function notText(line: number, before: string, encoding: string): InputProblem {
  const where = `after ${before.length} characters of the line`;
  const message =
    encoding === 'auto'
      ? `There are bytes that are not UTF-8 ${where}. Say what the file is in, perhaps --encoding windows-1252.`
      : `There is something that is not ${encoding} ${where}: is the --encoding right?`;
  return { code: 'not-utf8', line, rule: 'our-not-utf8', message, wholeFile: false };
}
