/** Notes quoting, which means nothing in a batch file and which a user surely meant to mean something. */
import { closesQuotes, ourCutCells, ourQuotedCells, ourTrimmedBlanks } from '../rules/encoding.ts';
import type { RowNote } from './data-row.ts';

/** Cell by cell, read or not; most lines have no quotation mark and are only searched. */
export function noteQuotes(line: string, note: RowNote): void {
  if (!line.includes('"')) return;
  const cells = line.split(',').map((cell) => ourTrimmedBlanks.decide(cell));
  const lastClosing = cells.findLastIndex((cell) => closesQuotes(cell) && !ourQuotedCells.decide(cell));
  for (const [index, cell] of cells.entries()) {
    if (ourQuotedCells.decide(cell)) note('our-quoted-cells', index + 1);
    if (ourCutCells.decide(cell, index < lastClosing)) note('our-cut-cells', index + 1);
  }
}
