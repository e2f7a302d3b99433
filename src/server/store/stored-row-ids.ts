/** Reads the ids of single rows back from a kept body: where its rows begin is found once, then only those are read. */
import { encUtf8Percent, ourTrimmedBlanks } from '../../protocol/rules/encoding.ts';
import { ourLineEnds } from '../../protocol/rules/request-format.ts';
import { BATCH_PREFIX } from '../../protocol/vocabulary/index.ts';
import type { BodyParts } from './body-place.ts';

/** Byte offsets of the data rows' lines: row n, from 1, begins at [n - 1]. */
export type RowStarts = Uint32Array;

/** rule our-line-ends, in bytes: LF ends a line, a CR before it belongs to the end, blank lines are no rows. */
export function findRowStarts(body: BodyParts, batchSize: number): RowStarts {
  const starts = new Uint32Array(batchSize);
  // The header row is line 0 of those that are not blank.
  let row = 0;
  let lineStart = bodyStart(body);
  let line: 'blank' | 'blank-then-cr' | 'row' = 'blank';
  const endLine = (next: number) => {
    if (line === 'row') {
      if (row > 0 && row <= batchSize) starts[row - 1] = lineStart;
      row += 1;
    }
    line = 'blank';
    lineStart = next;
  };
  for (let from = lineStart; from < body.byteLength; from += CHUNK_BYTES) {
    const chunk = body.read(from, Math.min(from + CHUNK_BYTES, body.byteLength));
    let at = 0;
    while (at < chunk.byteLength) {
      if (line === 'row') {
        const lineFeed = chunk.indexOf(LF, at);
        if (lineFeed === -1) break;
        at = lineFeed + 1;
        endLine(from + at);
        continue;
      }
      const byte = chunk[at]!;
      at += 1;
      if (byte === LF) endLine(from + at);
      else if (line === 'blank' && byte === CR) line = 'blank-then-cr';
      else if (line === 'blank-then-cr' || byte !== BLANK) line = 'row';
    }
  }
  endLine(body.byteLength);
  return starts;
}

/** The id of a row as its batch was read; where it cannot be decoded, as it stands in the file. */
export function readRowId(body: BodyParts, starts: RowStarts, row: number): string {
  const start = starts[row - 1]!;
  for (let length = KEY_BYTES_GUESS; ; length *= 16) {
    const end = Math.min(start + length, body.byteLength);
    const bytes = Buffer.from(body.read(start, end));
    const cellEnd = endOfFirstCell(bytes);
    if (cellEnd === -1 && end < body.byteLength) continue;
    const cell = bytes.toString('utf8', 0, cellEnd === -1 ? bytes.byteLength : cellEnd);
    const key = ourTrimmedBlanks.decide(bytes[cellEnd] === COMMA ? cell : cell.replace(/\r$/, ''));
    return encUtf8Percent.decide(key) ?? key;
  }
}

/** The header row's line: the first that is not blank. */
export function readHeaderText(body: BodyParts): string | undefined {
  for (let start = bodyStart(body); start < body.byteLength;) {
    const line = readLine(body, start);
    if (line === undefined || ourLineEnds.decide(line) !== undefined) return line;
    start += Buffer.byteLength(line) + 1;
  }
  return undefined;
}

/** The line that begins there, without its line feed; undefined where it is longer than anybody wants to see. */
export function readLine(body: BodyParts, start: number): string | undefined {
  const end = Math.min(start + LINE_BYTES_MAX + 1, body.byteLength);
  const bytes = Buffer.from(body.read(start, end));
  const lineFeed = bytes.indexOf(LF);
  if (lineFeed === -1 && bytes.byteLength > LINE_BYTES_MAX) return undefined;
  return bytes.toString('utf8', 0, lineFeed === -1 ? bytes.byteLength : lineFeed);
}

/** A profile holds 64 KiB: lines beyond this are mistakes. */
const LINE_BYTES_MAX = 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const KEY_BYTES_GUESS = 256;
const LF = 0x0a;
const CR = 0x0d;
const BLANK = 0x20;
const COMMA = 0x2c;
const BYTE_ORDER_MARK = '\uFEFF';

function endOfFirstCell(bytes: Uint8Array): number {
  const comma = bytes.indexOf(COMMA);
  const lineFeed = bytes.indexOf(LF);
  return comma === -1 || lineFeed === -1 ? Math.max(comma, lineFeed) : Math.min(comma, lineFeed);
}

function bodyStart(body: BodyParts): number {
  const head = Buffer.from(body.read(0, Math.min(16, body.byteLength)));
  const marked = head.indexOf(BYTE_ORDER_MARK) === 0 ? Buffer.byteLength(BYTE_ORDER_MARK) : 0;
  return head.indexOf(BATCH_PREFIX) === marked ? marked + BATCH_PREFIX.length : marked;
}
