/** The cells of one kept row as they were read, and what the row set out to write. */
import { dataRowReader } from '../../protocol/batch-file/data-row.ts';
import { readHeaderRow } from '../../protocol/batch-file/header-row.ts';
import { asBuffer, lineReader, readCell } from '../../protocol/batch-file/line-text.ts';
import type { Settings } from '../../protocol/vocabulary/index.ts';
import type { RowBytes } from '../store/store.ts';

export interface CellExplanation {
  /** From 1. */
  readonly column: number;
  /** The attribute it writes, or the id's kind; undefined where no column has a name for it. */
  readonly name: string | undefined;
  /** As it stands in the file; of a body that was read as a form as it stands in the batch that the form held (`body`). */
  readonly raw: string;
  /** Trimmed and decoded; undefined where it cannot be decoded, as in all of a row that is not UTF-8. */
  readonly value: string | undefined;
}

const CELLS_MAX = 1_000;

/** Of the cells the first 1,000; `writes` is empty where the row failed or had nothing to write. */
export function readCells(row: RowBytes, settings: Settings) {
  const header = readHeaderRow(row.header);
  if (header.kind !== 'header') return undefined;
  const line = lineReader(row.line)(0, row.line.length);
  const isText = typeof line === 'string';
  const raws = (isText ? line : asBuffer(row.line).toString('utf8')).split(',');
  const nameOf = (index: number) => (index === 0 ? header.idKind : header.attributes[header.targets[index] ?? -1]);
  const reading = dataRowReader(header, settings).read(line);
  const { attributes, values } = reading.kind === 'row' ? reading : { attributes: [], values: [] };
  const cells = raws.slice(0, CELLS_MAX).map((raw, index): CellExplanation => {
    const value = isText ? readCell(raw) : undefined;
    return { column: index + 1, name: nameOf(index), raw, value };
  });
  const writes = attributes.map((attribute, index) => ({
    name: header.attributes[attribute]!,
    value: values[index]!,
  }));
  return { cells, cellCount: raws.length, writes };
}
