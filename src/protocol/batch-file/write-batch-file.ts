/** Writes a batch file so that every reading of it agrees: what one could take for syntax is percent-encoded. */
import { BATCH_PREFIX, type VisitorIdKind } from '../vocabulary/index.ts';

/** The first line, `batch=` included, without a line end. */
export function writeHeaderRow(idKind: VisitorIdKind, names: readonly string[]): string {
  return BATCH_PREFIX + [idKind, ...names.map(encodeCell)].join(',');
}

/**
 * A data row without a line end. `undefined` and `''` are empty cells, which change nothing on the other side; those at
 * the end are left out.
 */
export function writeDataRow(id: string, values: readonly (string | undefined)[]): string {
  let line = encodeCell(id);
  let written = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (value === undefined || value === '') continue;
    line += ','.repeat(index + 1 - written) + encodeCell(value);
    written = index + 1;
  }
  return line;
}

/**
 * Percent-encoded UTF-8: letters, digits and `-_.~!*'()` stay as they are. Half a surrogate pair, which UTF-8 cannot
 * carry, becomes U+FFFD.
 */
export function encodeCell(text: string): string {
  if (PLAIN.test(text)) return text;
  return encodeURIComponent(text.toWellFormed());
}

const PLAIN = /^[A-Za-z0-9_.~-]*$/;
