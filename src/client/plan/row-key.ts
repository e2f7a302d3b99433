/** A number for the visitor of an encoded row, the same in every process: which part its rows go to, and whether they come again. */
import { decodedCell, ourTrimmedBlanks } from '../../protocol/rules/encoding.ts';
import { ourLocationHint } from '../../protocol/rules/keys.ts';
import type { VisitorIdKind } from '../../protocol/vocabulary/index.ts';

/** Of the row that begins at `start`; it has its line feed. */
export function rowKey(bytes: Buffer, start: number, idKind: VisitorIdKind): number {
  let end = start;
  let isBare = true;
  for (let byte = bytes[end]!; byte !== COMMA && byte !== LINE_FEED; byte = bytes[++end]!) {
    if (byte <= BLANK || byte === PERCENT || byte === DOT) isBare = false;
  }
  if (isBare) return keyOf(bytes, start, end);
  // Only a batch file of somebody else may spell an id in several ways.
  const cell = ourTrimmedBlanks.decide(bytes.toString('utf8', start, end));
  const identity = ourLocationHint.decide(idKind, decodedCell(cell) ?? cell, 'same-profile');
  return keyOf(scratch, 0, scratch.write(identity));
}

const COMMA = 0x2c;
const LINE_FEED = 0x0a;
const BLANK = 0x20;
const PERCENT = 0x25;
const DOT = 0x2e;
/** Of a longer id only the beginning counts, which costs nothing but evenness. */
const scratch = Buffer.alloc(4096);

/** 53 bits, each of which depends on all of the bytes. Two million ids share one with a chance of 1 in 4,500. */
function keyOf(bytes: Buffer, start: number, end: number): number {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (let index = start; index < end; index += 1) {
    const byte = bytes[index]!;
    high = Math.imul(high ^ byte, 0x01000193);
    low = Math.imul(low ^ byte, 0x5bd1e995) ^ (low >>> 15);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ low;
  low = Math.imul(low ^ (low >>> 13), 0xc2b2ae35) ^ (high >>> 15);
  return ((high >>> 0) & 0x1fffff) * 0x1_0000_0000 + (low >>> 0);
}
