/** Encodes CSV lines without quotes straight from their bytes, several times as fast; what is unsound is `encodeRow`'s. */
import { encodeCell } from '../../protocol/batch-file/write-batch-file.ts';
import { PROFILE_BYTES_MAX } from '../../protocol/vocabulary/index.ts';
import type { PlainLines } from '../read/row-block.ts';
import { type ColumnMapping, UNNAMED } from './column-mapping.ts';
import { type EncodedRow, idProblem } from './encode-row.ts';
import type { WarningCollector } from './input-warning.ts';
import type { EncodedBlock } from './read-encoded.ts';
import { isOddId, isSuspect, mayBeOddId, noteId, noteValue } from './row-warnings.ts';

type EncodedLines = Pick<EncodedBlock, 'bytes' | 'rows'>;

/**
 * Gives exactly what `encodeRow` makes of the same lines, warnings included, if it finds no problem in any; else undefined.
 * `mapping` is that of a CSV, whose columns are all known. Only cells that are sent as they stand, in the order of the
 * attributes, with no more commas than the line has delimiters: a later file may have few of the columns.
 */
export function plainLineEncoder(mapping: ColumnMapping, textBytesMax: number, warnings?: WarningCollector) {
  const sent = [...mapping.targets.entries()].filter(([, target]) => target >= 0);
  const isInPlace = sent.every(([column, target], index) => target > (sent[index - 1]?.[1] ?? -1) && target <= column);
  if (!mapping.isPlain || !isInPlace) return () => undefined;
  // A row of fewer bytes than this makes no large profile.
  const rowBytesMax = Math.min(textBytesMax, PROFILE_BYTES_MAX - mapping.attributes.nameBytes);
  const writer = new CellWriter();
  const filled = new Uint8Array(mapping.attributes.planned.length);
  return (lines: PlainLines): EncodedLines | undefined => {
    const noted: Noted[] = [];
    filled.fill(0);
    const done = encodeInto(writer, lines, mapping, rowBytesMax, filled, noted);
    // Only now: what is given up is judged again, elsewhere.
    if (done === undefined || warnings === undefined) return done;
    for (const { target, line, text } of noted) {
      if (target === 'short-row') warnings.row(target, line);
      else if (target === 'id') noteId(text, mapping.idColumn, line, warnings);
      else noteValue(text, mapping.attributes.planned[target]!.column, line, warnings);
    }
    for (const [target, isFilled] of filled.entries()) if (isFilled === 1) warnings.filled[target] = true;
    return done;
  };
}

/** A value to be looked at again, or an id, or a row without cells for some named columns. */
type Noted = Readonly<{ target: number | 'id' | 'short-row'; line: number; text: string }>;

/** Writes cell after cell, percent-encoded where `encodeCell` would. Its buffer is used again for each text. */
class CellWriter {
  to = Buffer.alloc(0);
  /** Where the next byte is written. */
  at = 0;
  /** Commas written as part of cells. */
  commas = 0;
  #kinds = KINDS;

  start({ bytes, delimiter }: PlainLines): void {
    const bytesMax = ESCAPE_LENGTH * bytes.length;
    if (this.to.length < bytesMax) this.to = Buffer.allocUnsafeSlow(bytesMax);
    this.at = 0;
    this.#kinds = KINDS.with(delimiter, ENDS);
  }

  /** Gives where the cell ends: at a delimiter, or at what ends the line, or at what is none of ours to judge. */
  write(from: Buffer, start: number): number {
    const { to } = this;
    const kinds = this.#kinds;
    let { at } = this;
    let index = start;
    for (; ; index += 1) {
      const byte = from[index]!;
      const kind = kinds[byte]!;
      if (kind === STAYS) {
        to[at++] = byte;
        continue;
      }
      if (kind === ENDS || (byte === MARK && isMark(from, index))) break;
      if (byte === COMMA) this.commas += 1;
      to[at++] = PERCENT;
      to[at++] = HEX_DIGITS[byte >> 4]!;
      to[at++] = HEX_DIGITS[byte & 0x0f]!;
    }
    this.at = at;
    return index;
  }
}

function encodeInto(
  writer: CellWriter,
  lines: PlainLines,
  mapping: ColumnMapping,
  rowBytesMax: number,
  filled: Uint8Array,
  noted: Noted[],
): EncodedLines | undefined {
  const { bytes, delimiter, newline, firstLine } = lines;
  const { idColumn, idIndex, targets } = mapping;
  const lastNamed = targets.findLastIndex((target) => target !== UNNAMED);
  const rows: EncodedRow[] = [];
  writer.start(lines);
  for (let line = firstLine, at = 0; at < bytes.length; line += 1, at += 1) {
    const rowAt = writer.at;
    let written = 0;
    let cell = 0;
    let end = at;
    if (!endsLine(bytes, at)) {
      let idStart = at;
      for (let before = 0; before < idIndex; idStart += 1) {
        if (bytes[idStart] === LINE_FEED) return undefined;
        if (bytes[idStart] === delimiter) before += 1;
      }
      const idEnd = writer.write(bytes, idStart);
      // What needed no escape is ASCII.
      const idBytes = idEnd - idStart;
      const isUnescaped = writer.at - rowAt === idBytes;
      const isOrdinary = isUnescaped && idBytes > 0 && idBytes < ORDINARY_ID_BYTES && idBytes !== idColumn.length;
      if (!isOrdinary || mayBeOddId(bytes[idStart]!)) {
        const id = bytes.toString(isUnescaped ? 'latin1' : 'utf8', idStart, idEnd);
        if (idProblem(id, line, mapping) !== undefined) return undefined;
        if (isOddId(id, isUnescaped)) noted.push({ target: 'id', line, text: id });
      }
      for (; ; cell += 1, at = end + 1) {
        if (cell === targets.length) return undefined;
        const target = targets[cell]!;
        const byte = bytes[at]!;
        end = cell === idIndex ? idEnd : at;
        if (cell !== idIndex && byte !== delimiter && byte !== LINE_FEED && byte !== CARRIAGE_RETURN) {
          if (target === UNNAMED) return undefined;
          const cellAt = writer.at;
          const { commas } = writer;
          for (; written <= target; written += 1) writer.to[writer.at++] = COMMA;
          end = writer.write(bytes, at);
          if (target < 0) writer.at = cellAt;
          else {
            filled[target] = 1;
            if (writer.commas !== commas || isSuspect(bytes, at, end))
              noted.push({ target, line, text: bytes.toString('utf8', at, end) });
          }
        }
        if (bytes[end] !== delimiter) break;
      }
      if (cell < lastNamed) noted.push({ target: 'short-row', line, text: '' });
      if (writer.at - rowAt > rowBytesMax) return undefined;
      writer.to[writer.at++] = LINE_FEED;
      rows.push({ bytes: writer.at - rowAt, isEmpty: written === 0, line });
    }
    if (!endsLine(bytes, end)) return undefined;
    at = bytes[end] === CARRIAGE_RETURN ? end + 1 : end;
    if (newline === '\r\n' && at === end) return undefined;
  }
  return { bytes: writer.to.subarray(0, writer.at), rows };
}

const endsLine = (bytes: Buffer, at: number): boolean =>
  bytes[at] === LINE_FEED || (bytes[at] === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED);

/** U+FEFF or U+FFFD: wherever they stand, they are a problem, or worth a word. */
function isMark(bytes: Buffer, at: number): boolean {
  return (bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) || (bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd);
}

const MARK = 0xef;
/** Letters, digits and what else needs no escape: fewer of them than this, and not the header row's, no rule refuses. */
const ORDINARY_ID_BYTES = 128;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COMMA = 0x2c;
const PERCENT = 0x25;
const HEX_DIGITS = Uint8Array.from([...'0123456789ABCDEF'], (digit) => digit.charCodeAt(0));
const ESCAPE_LENGTH = 3;

const ESCAPED = 0;
const STAYS = 1;
const ENDS = 2;
/** By byte: what `encodeCell` leaves as it is, control characters, and the others, of whose UTF-8 it escapes each byte on its own. */
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (byte < 0x20 || byte === 0x7f) return ENDS;
  return encodeCell(character) === character ? STAYS : ESCAPED;
});
