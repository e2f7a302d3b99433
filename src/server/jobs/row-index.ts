/** One pass over a whole body, with pauses: where its rows lie, and in which order they are applied. */
import { readCell } from '../../protocol/batch-file/line-text.ts';
import { type HeaderRow, readHeaderRow } from '../../protocol/batch-file/header-row.ts';
import { rowFinder } from '../../protocol/batch-file/row-finder.ts';
import { ourLocationHint } from '../../protocol/rules/keys.ts';
import { BATCH_PREFIX, type VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { type ProfileHasher, upperBits } from '../store/profile-key.ts';
import type { HeadBatch } from '../store/sync-store.ts';
import { keyOrder } from './key-order.ts';

/**
 * `starts` and `ends` are byte offsets of each data row and of what ends its line, row number 1 at index 0; `order` are indexes
 * into them in the order of application, undefined for the order of the file.
 *
 * `hasher` asks for key order. The order is only ever a guess at where profiles lie: what a row does is decided when it
 * is read. It depends on nothing but the arguments, so it is the same again after a restart.
 *
 * Undefined where the body is not what was accepted under `batch`.
 *
 * It pauses after every few megabytes: a full body takes a fifth of a second, and small batches wait behind it.
 */
export function* rowIndex(
  body: Buffer,
  batch: Pick<HeadBatch, 'batchSize' | 'settings'>,
  hasher: ProfileHasher | undefined,
  pauseBytes = PAUSE_BYTES,
) {
  const starts = new Uint32Array(batch.batchSize);
  // Kept, though a search would find them again: in key order each search begins with a miss of the processor's cache.
  const ends = new Uint32Array(batch.batchSize);
  let keys: Uint32Array | undefined;
  let keyOf: ((start: number, end: number) => number) | undefined;
  let header: HeaderRow | undefined;
  let rows = 0;
  let isAnother = false;

  const finder = rowFinder(BATCH_PREFIX.length, (start, end) => {
    if (header === undefined) {
      const read = readHeaderRow(body.subarray(start, end));
      if (read.kind === 'rejection') return (isAnother = true);
      header = read;
      if (hasher !== undefined) {
        keys = new Uint32Array(batch.batchSize);
        keyOf = rowKeys(body, hasher, header.idKind, batch.settings.locationHint);
      }
      return false;
    }
    if (rows === starts.length) return (isAnother = true);
    starts[rows] = start;
    ends[rows] = end;
    if (keys !== undefined) keys[rows] = keyOf!(start, end);
    rows += 1;
    return false;
  });
  for (let start = BATCH_PREFIX.length; start < body.length && !isAnother; start += pauseBytes) {
    if (start > BATCH_PREFIX.length) yield;
    finder.read(body.subarray(start, start + pauseBytes));
  }
  finder.end();
  if (header === undefined || isAnother || rows !== starts.length) return undefined;
  return { header, starts, ends, order: keys && keyOrder(keys) };
}

/** Some 10 ms, which is about a slice. Bodies of a single slice are read without a pause. */
const PAUSE_BYTES = 2 * 1024 * 1024;

/**
 * The upper 32 bits of the hash of a row's identity: near enough to the order of the table, and equal for equal
 * identities. Ids of plain ASCII, nearly all there are, are hashed where they lie.
 */
function rowKeys(
  body: Buffer,
  hasher: ProfileHasher,
  idKind: VisitorIdKind,
  locationHint: HeadBatch['settings']['locationHint'],
): (start: number, end: number) => number {
  const spelled = (start: number, end: number): number => {
    const id = readCell(body.toString('utf8', start, end));
    return id === undefined ? 0 : upperBits(hasher.ofText(ourLocationHint.decide(idKind, id, locationHint)));
  };
  const mayHaveHint = idKind === 'pcId' && locationHint === 'same-profile';

  return (lineStart, lineEnd) => {
    let start = lineStart;
    let end = start;
    let isPlain = true;
    for (; end < lineEnd; end += 1) {
      const byte = body[end]!;
      if (byte === COMMA) break;
      if (byte === PERCENT || byte > 0x7f || (byte === DOT && mayHaveHint)) isPlain = false;
    }
    if (!isPlain) return spelled(start, end);
    while (start < end && body[start] === BLANK) start += 1;
    while (end > start && body[end - 1] === BLANK) end -= 1;
    return upperBits(hasher.ofAscii(body, start, end));
  };
}

const BLANK = 0x20;
const PERCENT = 0x25;
const COMMA = 0x2c;
const DOT = 0x2e;
