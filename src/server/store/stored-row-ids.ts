/** Reads single rows back from a kept body: where its rows begin is found once, then only those are read. */
import { asBuffer, lineReader, readCell } from '../../protocol/batch-file/line-text.ts';
import { rowFinder } from '../../protocol/batch-file/row-finder.ts';
import { ourTrimmedBlanks } from '../../protocol/rules/encoding.ts';
import { BATCH_PREFIX } from '../../protocol/vocabulary/index.ts';
import type { BodyParts } from './body-place.ts';

/** Byte offsets of the rows' lines, the header row's at 0. */
export type RowStarts = Uint32Array;

export function findRowStarts(body: BodyParts, batchSize: number): RowStarts {
  const starts = new Uint32Array(batchSize + 1);
  let rows = 0;
  const finder = rowFinder(BATCH_PREFIX.length, (start) => {
    starts[rows] = start;
    rows += 1;
    return rows === starts.length;
  });
  for (let from = BATCH_PREFIX.length; from < body.byteLength; from += CHUNK_BYTES) {
    finder.read(body.read(from, Math.min(from + CHUNK_BYTES, body.byteLength)));
  }
  finder.end();
  return starts;
}

/** The id of a row as its batch was read; where it cannot be decoded, as it stands in the file. */
export function readRowId(body: BodyParts, starts: RowStarts, row: number): string {
  for (let bytesMax = KEY_BYTES_GUESS; ; bytesMax *= 16) {
    const { line, isWhole } = lineAt(body, starts[row]!, bytesMax);
    const comma = line.indexOf(',');
    if (comma === -1 && !isWhole) continue;
    const end = comma === -1 ? line.length : comma;
    const cell = lineReader(line)(0, end);
    const id = typeof cell === 'string' ? readCell(cell) : undefined;
    return id ?? ourTrimmedBlanks.decide(line.toString('utf8', 0, end));
  }
}

/** A row's line without its line end; undefined where it is longer than anybody wants to see. */
export function readRow(body: BodyParts, starts: RowStarts, row: number): Uint8Array | undefined {
  const { line, isWhole } = lineAt(body, starts[row]!, LINE_BYTES_MAX + CRLF_BYTES);
  return isWhole && line.length <= LINE_BYTES_MAX ? line : undefined;
}

function lineAt(body: BodyParts, start: number, bytesMax: number) {
  const end = Math.min(start + bytesMax, body.byteLength);
  const bytes = asBuffer(body.read(start, end));
  let line: Buffer | undefined;
  const finder = rowFinder(0, (from, to) => {
    line = bytes.subarray(from, to);
    return true;
  });
  finder.read(bytes);
  const isWhole = line !== undefined || end === body.byteLength;
  finder.end();
  return { line: line ?? bytes, isWhole };
}

/** A profile holds 64 KiB: lines beyond this are mistakes. */
const LINE_BYTES_MAX = 1024 * 1024;
const CRLF_BYTES = 2;
const CHUNK_BYTES = 1024 * 1024;
const KEY_BYTES_GUESS = 256;
