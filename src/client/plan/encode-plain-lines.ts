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
  const starts = new Int32Array(mapping.targets.length + 1);
  const filled = new Uint8Array(mapping.planned.length);
  // A row of fewer bytes than this makes no large profile.
  const rowBytesMax = Math.min(textBytesMax, PROFILE_BYTES_MAX - mapping.nameBytes());
  // Used again for each block.
  let encoded = Buffer.alloc(0);
  return (lines) => {
    if (ODD.some((character) => lines.bytes.includes(character))) return undefined;
    const bytesMax = ESCAPE_LENGTH * lines.bytes.length;
    if (encoded.length < bytesMax) encoded = Buffer.allocUnsafe(bytesMax);
    const noted: Noted[] = [];
    filled.fill(0);
    const done = encodeInto(encoded, lines, starts, mapping, rowBytesMax, filled, warnings && noted);
    // Only now: what is given up is judged again, elsewhere.
    if (done !== undefined && warnings !== undefined) noteAll(noted, filled, mapping, warnings);
    return done;
  };
}

/** A value to be looked at again, or an id (`target` undefined). */
interface Noted {
  readonly target: number | undefined;
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
    if (target === undefined) noteId(text, mapping.idColumn, line, warnings);
    else noteValue(text, mapping.planned[target]!.column, line, warnings);
  }
  for (let target = 0; target < filled.length; target += 1) if (filled[target] === 1) warnings.filled[target] = true;
}

function encodeInto(
  encoded: Buffer,
  { bytes, delimiter, newline, firstLine }: PlainLines,
  starts: Int32Array,
  mapping: ColumnMapping,
  rowBytesMax: number,
  filled: Uint8Array,
  noted: Noted[] | undefined,
): EncodedLines | undefined {
  const { idColumn, idIndex, targets } = mapping;
  const rows: EncodedRow[] = [];
  let comma = noted === undefined || delimiter === COMMA ? Infinity : placeOf(bytes, COMMA, 0);
  let at = 0;
  let line = firstLine - 1;
  for (let start = 0, next = 0; start < bytes.length; start = next) {
    line += 1;
    const feed = bytes.indexOf(LINE_FEED, start);
    next = feed + 1;
    const hasReturn = feed > start && bytes[feed - 1] === CARRIAGE_RETURN;
    if (newline === '\r\n' && !hasReturn) return undefined;
    const end = hasReturn ? feed - 1 : feed;
    if (end === start) continue;

    // A cell ends one byte before the next one starts.
    let cells = 1;
    starts[0] = start;
    for (let index = start; index < end; index += 1) {
      const byte = bytes[index]!;
      if (byte === delimiter) {
        if (cells === targets.length) return undefined;
        starts[cells] = index + 1;
        cells += 1;
      } else if (byte < BLANK) {
        return undefined;
      }
    }
    starts[cells] = end + 1;
    if (idIndex >= cells) return undefined;

    const rowAt = at;
    const idStart = starts[idIndex]!;
    const idEnd = starts[idIndex + 1]! - 1;
    at = encodeBytes(bytes, idStart, idEnd, encoded, at);
    // What needed no escape is ASCII.
    const idBytes = idEnd - idStart;
    const isUnescaped = at - rowAt === idBytes;
    const isOrdinary = isUnescaped && idBytes > 0 && idBytes < ORDINARY_ID_BYTES && idBytes !== idColumn.length;
    if (!isOrdinary || mayBeOddId(bytes[idStart]!)) {
      const id = bytes.toString(isUnescaped ? 'latin1' : 'utf8', idStart, idEnd);
      if (idRefusal(id, mapping) !== undefined) return undefined;
      if (noted !== undefined && isOddId(id, isUnescaped)) noted.push({ target: undefined, line, text: id });
    }

    let written = 0;
    for (let cell = 0; cell < cells; cell += 1) {
      const cellStart = starts[cell]!;
      const cellEnd = starts[cell + 1]! - 1;
      const target = targets[cell]!;
      if (cellStart === cellEnd) continue;
      if (target === UNNAMED) return undefined;
      if (target < 0) continue;
      for (; written <= target; written += 1) encoded[at++] = COMMA;
      at = encodeBytes(bytes, cellStart, cellEnd, encoded, at);
      if (noted === undefined) continue;
      filled[target] = 1;
      if (comma < cellStart) comma = placeOf(bytes, COMMA, cellStart);
      if (comma < cellEnd || isSuspect(bytes, cellStart, cellEnd)) {
        noted.push({ target, line, text: bytes.toString('utf8', cellStart, cellEnd) });
      }
    }
    if (at - rowAt > rowBytesMax) return undefined;
    encoded[at++] = LINE_FEED;
    rows.push({ bytes: at - rowAt, isEmpty: written === 0, line });
  }
  return { bytes: encoded.subarray(0, at), rows };
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

/** Gives the place behind what it wrote. */
function encodeBytes(from: Buffer, start: number, end: number, to: Buffer, toStart: number): number {
  let at = toStart;
  for (let index = start; index < end; index += 1) {
    const byte = from[index]!;
    if (STAYS[byte] === 1) {
      to[at++] = byte;
    } else {
      to[at++] = PERCENT;
      to[at++] = HEX_DIGITS[byte >> 4]!;
      to[at++] = HEX_DIGITS[byte & 0x0f]!;
    }
  }
  return at;
}
