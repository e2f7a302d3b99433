/** Encodes CSV lines without quotes straight from their bytes, several times as fast; what is unsound is `encodeRow`'s. */
import { encodeCell } from '../../protocol/batch-file/write-batch-file.ts';
import { PROFILE_BYTES_MAX } from '../../protocol/vocabulary/index.ts';
import type { PlainLines } from '../read/row-block.ts';
import { type ColumnMapping, UNNAMED } from './column-mapping.ts';
import { type EncodedRow, idRefusal } from './encode-row.ts';
import type { WarningCollector } from './input-warning.ts';
import { isOddId, isSuspect, mayBeOddId, noteId, noteValue } from './row-warnings.ts';

/** Exactly what `encodeRow` makes of the same lines, warnings included, if it finds no problem in any; else undefined. */
export type PlainLineEncoder = (lines: PlainLines) => EncodedLines | undefined;

export interface EncodedLines {
  /** Valid until the next lines are encoded. */
  readonly bytes: Buffer;
  readonly rows: readonly EncodedRow[];
}

/** `mapping` is that of a CSV, and plain: its columns are all known, and its cells sent as they stand. */
export function plainLineEncoder(
  mapping: ColumnMapping,
  textBytesMax: number,
  warnings?: WarningCollector,
): PlainLineEncoder {
  const filled = new Uint8Array(mapping.planned.length);
  // A row of fewer bytes than this makes no large profile.
  const rowBytesMax = Math.min(textBytesMax, PROFILE_BYTES_MAX - mapping.nameBytes());
  const writer = new CellWriter();
  return (lines) => {
    if (ODD.some((character) => lines.bytes.includes(character))) return undefined;
    const noted: Noted[] = [];
    filled.fill(0);
    const done = encodeInto(writer, lines, mapping, rowBytesMax, filled, warnings && noted);
    // Only now: what is given up is judged again, elsewhere.
    if (done !== undefined && warnings !== undefined) noteAll(noted, filled, mapping, warnings);
    return done;
  };
}

/** Writes cell after cell of a text, percent-encoded where `encodeCell` would. Its buffer is used again for each text. */
class CellWriter {
  to = Buffer.alloc(0);
  /** Where the next byte is written. */
  at = 0;
  readonly #stays = Uint8Array.from(STAYS);
  #delimiter = -1;

  start({ bytes, delimiter }: PlainLines): void {
    const bytesMax = ESCAPE_LENGTH * bytes.length;
    if (this.to.length < bytesMax) this.to = Buffer.allocUnsafe(bytesMax);
    this.at = 0;
    this.#delimiter = delimiter;
    this.#stays[delimiter] = 0;
  }

  /** Gives the place of the cell's end, or -1 for a control character. */
  write(from: Buffer, start: number, end: number): number {
    const to = this.to;
    const stays = this.#stays;
    let at = this.at;
    let index = start;
    for (; index < end; index += 1) {
      const byte = from[index]!;
      if (stays[byte] === 1) {
        to[at++] = byte;
      } else if (byte === this.#delimiter) {
        break;
      } else {
        if (byte < BLANK) return -1;
        to[at++] = PERCENT;
        to[at++] = HEX_DIGITS[byte >> 4]!;
        to[at++] = HEX_DIGITS[byte & 0x0f]!;
      }
    }
    this.at = at;
    return index;
  }
}

/** A value to be looked at again, or an id, or a row without cells for some named columns. */
interface Noted {
  readonly target: number | 'id' | 'short-row';
  readonly line: number;
  readonly text: string;
}

function noteAll(
  noted: readonly Noted[],
  filled: Uint8Array,
  mapping: ColumnMapping,
  warnings: WarningCollector,
): void {
  for (const { target, line, text } of noted) {
    if (target === 'short-row') warnings.row(target, line);
    else if (target === 'id') noteId(text, mapping.idColumn, line, warnings);
    else noteValue(text, mapping.planned[target]!.column, line, warnings);
  }
  for (let target = 0; target < filled.length; target += 1) if (filled[target] === 1) warnings.filled[target] = true;
}

function encodeInto(
  writer: CellWriter,
  lines: PlainLines,
  mapping: ColumnMapping,
  rowBytesMax: number,
  filled: Uint8Array,
  noted: Noted[] | undefined,
): EncodedLines | undefined {
  const { bytes, delimiter, newline, firstLine } = lines;
  const { idColumn, idIndex, targets } = mapping;
  const lastNamed = targets.findLastIndex((target) => target !== UNNAMED);
  const rows: EncodedRow[] = [];
  let comma = noted === undefined || delimiter === COMMA ? Infinity : placeOf(bytes, COMMA, 0);
  let line = firstLine - 1;
  writer.start(lines);
  for (let start = 0, next = 0; start < bytes.length; start = next) {
    line += 1;
    const feed = bytes.indexOf(LINE_FEED, start);
    next = feed + 1;
    const hasReturn = feed > start && bytes[feed - 1] === CARRIAGE_RETURN;
    if (newline === '\r\n' && !hasReturn) return undefined;
    const end = hasReturn ? feed - 1 : feed;
    if (end === start) continue;

    const rowAt = writer.at;
    let idStart = start;
    for (let cell = 0; cell < idIndex; idStart += 1) {
      if (idStart > end) return undefined;
      if (bytes[idStart] === delimiter) cell += 1;
    }
    const idEnd = writer.write(bytes, idStart, end);
    // What needed no escape is ASCII.
    const idBytes = idEnd - idStart;
    const isUnescaped = writer.at - rowAt === idBytes;
    const isOrdinary = isUnescaped && idBytes > 0 && idBytes < ORDINARY_ID_BYTES && idBytes !== idColumn.length;
    if (!isOrdinary || mayBeOddId(bytes[idStart]!)) {
      if (idEnd < 0) return undefined;
      const id = bytes.toString(isUnescaped ? 'latin1' : 'utf8', idStart, idEnd);
      if (idRefusal(id, mapping) !== undefined) return undefined;
      if (noted !== undefined && isOddId(id, isUnescaped)) noted.push({ target: 'id', line, text: id });
    }

    let written = 0;
    let cellEnd = 0;
    let cell = 0;
    for (let cellStart = start; cellStart <= end; cell += 1, cellStart = cellEnd + 1) {
      if (cell === targets.length) return undefined;
      const target = targets[cell]!;
      cellEnd = cell === idIndex ? idEnd : cellStart;
      if (cell === idIndex || cellStart === end || bytes[cellStart] === delimiter) continue;
      if (target === UNNAMED) return undefined;
      const cellAt = writer.at;
      for (; written <= target; written += 1) writer.to[writer.at++] = COMMA;
      cellEnd = writer.write(bytes, cellStart, end);
      if (cellEnd < 0) return undefined;
      if (target < 0) writer.at = cellAt;
      if (target < 0 || noted === undefined) continue;
      filled[target] = 1;
      if (comma < cellStart) comma = placeOf(bytes, COMMA, cellStart);
      if (comma < cellEnd || isSuspect(bytes, cellStart, cellEnd)) {
        noted.push({ target, line, text: bytes.toString('utf8', cellStart, cellEnd) });
      }
    }
    if (cell <= lastNamed) noted?.push({ target: 'short-row', line, text: '' });
    if (writer.at - rowAt > rowBytesMax) return undefined;
    writer.to[writer.at++] = LINE_FEED;
    rows.push({ bytes: writer.at - rowAt, isEmpty: written === 0, line });
  }
  return { bytes: writer.to.subarray(0, writer.at), rows };
}

function placeOf(bytes: Buffer, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at === -1 ? Infinity : at;
}

/** Wherever they stand, they are a problem, or worth a word. Other control characters are met on the way. */
const ODD = ['\uFEFF', '\uFFFD', '\u007F'];
/** Letters, digits and what else needs no escape: fewer of them than this, and not the header row's, no rule refuses. */
const ORDINARY_ID_BYTES = 128;
const BLANK = 0x20;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COMMA = 0x2c;
const PERCENT = 0x25;
const HEX_DIGITS = Uint8Array.from([...'0123456789ABCDEF'], (digit) => digit.charCodeAt(0));
const ESCAPE_LENGTH = 3;

/** By byte, 1 for what `encodeCell` leaves as it is. Of the others it escapes each byte of the UTF-8 on its own. */
const STAYS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return encodeCell(character) === character ? 1 : 0;
});
