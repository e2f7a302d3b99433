/** Notes the cells that a comma within quotes cut in two: quotes mean nothing in a batch file. */
import { closesQuotes, ourCutCells, ourQuotedCell, ourTrimmedBlanks } from '../rules/encoding.ts';
import type { RowNote } from './data-row.ts';

/** Cell by cell as they stand, read or not; most lines have no quotation mark and are only searched. */
export function noteCutCells(line: string, note: RowNote): void {
  if (!line.includes('"')) return;
  const cells = line.split(',').map((cell) => ourTrimmedBlanks.decide(cell));
  const lastClosing = cells.findLastIndex((cell) => closesQuotes(cell) && !ourQuotedCell.decide(cell));
  for (const [index, cell] of cells.entries()) {
    if (ourCutCells.decide(cell, index < lastClosing)) note('our-cut-cells', index + 1);
  }
}
