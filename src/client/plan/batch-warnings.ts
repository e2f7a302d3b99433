/** What in a hand-made batch file was hardly meant as the API reads it. */
import type { WarningCollector } from './input-warning.ts';

/** Of a data row, as it stands in the file. */
function noteBatchLine(text: string, line: number, warnings: WarningCollector): void {
  if (QUOTED_CELL.test(text)) warnings.row('quoted-cell', line);
  if (ENCODED_TWICE.test(text)) warnings.row('encoded-twice', line);
}

/** Of whole lines, the first of them the file's `firstLine`. */
export function noteBatchLines(text: string, firstLine: number, warnings: WarningCollector): void {
  if (!text.includes('"') && !text.includes('%25')) return;
  for (const [index, line] of text.split('\n').entries()) noteBatchLine(line, firstLine + index, warnings);
}

const QUOTED_CELL = /(?:^|,)\s*"/;
/** An escaped `%` that itself begins an escape of something that has to be escaped. */
const ENCODED_TWICE = /%25(?:2[0-9A-Fa-f]|[3-7][A-Fa-f]|[89A-Fa-f][0-9A-Fa-f]|0[ADad])/;
