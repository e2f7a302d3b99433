/** Reads a batch file's first line: which id the rows are keyed by, and which attribute each column writes. */
import { isUtf8 } from 'node:buffer';
import type { Rejection, VisitorIdKind } from '../vocabulary/index.ts';
import { encTwoReadings } from '../rules/encoding.ts';
import { caPageReadonly } from '../rules/customer-attributes.ts';
import {
  hdrEncoded,
  hdrKeyFirst,
  hdrNameLen,
  hdrParamnameOnly,
  ourColumnNames,
  ourReservedNames,
  ourSecondId,
} from '../rules/header-row.ts';
import type { RowNote } from './data-row.ts';
import { asBuffer, readCell } from './line-text.ts';

export interface HeaderRow {
  readonly kind: 'header';
  readonly idKind: VisitorIdKind;
  /** The names the rows write, each once, in the order of their first columns. */
  readonly attributes: readonly string[];
  /** For each column, counted from 0: an index into `attributes`, or -1 where cells are not read (the id, blank names). */
  readonly targets: Int32Array;
}

/**
 * `bytes` are the first line that is not blank, without `batch=` and without its line end. `note` hears what is odd about
 * a column; what was noted of a header row that is then refused is of no interest.
 */
export function readHeaderRow(bytes: Uint8Array, note?: RowNote): HeaderRow | Rejection {
  if (!isUtf8(bytes)) return hdrEncoded.decide(undefined, columnNotUtf8(bytes))!;
  return readHeaderText(asBuffer(bytes).toString('utf8'), note);
}

function readHeaderText(line: string, note: RowNote | undefined): HeaderRow | Rejection {
  const targets = new Int32Array(columnsIn(line)).fill(-1);
  const indexes = new Map<string, number>();
  let firstName = '';
  let start = 0;
  // A file whose line ends were lost is one header row of millions of columns: nothing is kept of a cell but its name.
  for (let column = 0; column < targets.length; column += 1) {
    const comma = line.indexOf(',', start);
    const cell = line.slice(start, comma === -1 ? line.length : comma);
    start = comma + 1;
    const name = readCell(cell);
    const rejection = hdrEncoded.decide(name, column + 1);
    if (rejection !== undefined || name === undefined) return rejection!;
    if (note !== undefined && encTwoReadings.decide(cell)) note('enc-two-readings', column + 1);
    if (column === 0) {
      firstName = name;
      continue;
    }
    const oddity = ourColumnNames.decide(name, indexes);
    if (oddity !== 'plain') note?.('our-column-names', column + 1);
    if (oddity === 'blank') continue;
    if (note !== undefined) {
      if (hdrParamnameOnly.decide(name)) note('hdr-paramname-only', column + 1);
      if (hdrNameLen.decide(name)) note('hdr-name-len', column + 1);
      if (ourSecondId.decide(name)) note('our-second-id', column + 1);
      if (ourReservedNames.decide(name)) note('our-reserved-names', column + 1);
      if (caPageReadonly.decide(name)) note('ca-page-readonly', column + 1);
    }
    if (oddity === 'plain') indexes.set(name, indexes.size);
    targets[column] = indexes.get(name)!;
  }
  const idKind = hdrKeyFirst.decide(firstName);
  return typeof idKind === 'string' ? { kind: 'header', idKind, attributes: [...indexes.keys()], targets } : idKind;
}

function columnsIn(line: string): number {
  let columns = 1;
  for (let comma = line.indexOf(','); comma !== -1; comma = line.indexOf(',', comma + 1)) columns += 1;
  return columns;
}

/** A comma is never part of a longer character, so one cell at least is broken by itself. */
function columnNotUtf8(line: Uint8Array): number {
  let start = 0;
  for (let column = 1; ; column += 1) {
    const comma = line.indexOf(COMMA, start);
    if (comma === -1 || !isUtf8(line.subarray(start, comma))) return column;
    start = comma + 1;
  }
}

const COMMA = 0x2c;
