/** A stretch of a customer attributes file in memory, cut into rows and judged: however large the file, no more is held. */
import { isUtf8 } from 'node:buffer';
import { rowEnds } from '../../protocol/attribute-file/dialect.ts';
import { type AttributeHeader, isFault, readRow } from '../../protocol/attribute-file/read-row.ts';
import { asBuffer } from '../../protocol/batch-file/line-text.ts';
import { THIRD_PARTY_ID_LENGTH_MAX, type FileFault } from '../../protocol/vocabulary/index.ts';
import type { BodyParts } from '../store/body-place.ts';
import { type ProfileHasher, upperBits } from '../store/profile-key.ts';

export interface Stretch {
  readonly bytes: Buffer;
  /** Bytes of the file: where it begins, and the next one does. */
  readonly start: number;
  readonly end: number;
  /** Of each row, in `bytes`; without its line end. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** The upper bits of the hash of each row's id: near enough to the order of the table, and the same for one id. */
  readonly keys: Uint32Array;
  /** Rows that break a rule, and the first, from 1. */
  readonly faults: number;
  readonly firstFault: (FileFault & { readonly row: number }) | undefined;
}

/** The header row, and where the first row begins. */
export function cutHeader(parts: BodyParts): { readonly line: string; readonly end: number } | FileFault {
  const bytes = asBuffer(parts.read(0, Math.min(parts.byteLength, HEADER_BYTES_MAX)));
  const found = rowEnds(bytes)(0);
  const isWhole = found !== -1 || bytes.length === parts.byteLength;
  if (!isWhole || bytes.length === 0) return { rule: 'ca-header', message: 'There is no header row.', row: 0 };
  const end = found === -1 ? bytes.length : found;
  if (!isUtf8(bytes.subarray(0, end))) return NOT_UTF8;
  return { line: lineOf(bytes, bytes.indexOf(BYTE_ORDER_MARK) === 0 ? 3 : 0, end), end: end + 1 };
}

/** Pauses after every few thousand rows. The same place gives the same stretch, so it is cut again after a restart. */
export const stretchCutter = (parts: BodyParts, header: AttributeHeader, hasher: ProfileHasher) =>
  function* stretchAt(start: number): Generator<undefined, Stretch | FileFault> {
    const bytes = asBuffer(parts.read(start, Math.min(start + STRETCH_BYTES_MAX, parts.byteLength)));
    const isLast = start + bytes.length === parts.byteLength;
    const [starts, ends, keys]: number[][] = [[], [], []];
    const endOf = rowEnds(bytes);
    const plainHash = plainRows(header, hasher);
    let firstFault: Stretch['firstFault'];
    let faults = 0;
    let at = 0;
    while (at < bytes.length) {
      const found = endOf(at);
      if (found === -1 && !isLast) break;
      const end = found === -1 ? bytes.length : found;
      const textEnd = end > at && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
      if (textEnd > at) {
        starts!.push(at);
        ends!.push(textEnd);
        let hash = plainHash(bytes, at, textEnd);
        if (hash === undefined) {
          const read = readRow(bytes.toString('utf8', at, textEnd), header);
          hash = isFault(read) ? 0 : hasher.ofText(read.id);
          if (isFault(read)) {
            faults += 1;
            firstFault ??= { ...read, row: starts!.length };
          }
        }
        keys!.push(upperBits(hash));
        if (starts!.length % ROWS_PER_PAUSE === 0) yield;
      }
      at = end + 1;
    }
    if (at === 0)
      return {
        rule: 'ca-quoting',
        message: `A row has more than ${STRETCH_BYTES_MAX} bytes: is a quote never closed?`,
      };
    if (!isUtf8(bytes.subarray(0, at))) return NOT_UTF8;
    const end = Math.min(start + at, parts.byteLength);
    return { bytes, start, end, starts: starts!, ends: ends!, keys: Uint32Array.from(keys!), faults, firstFault };
  };

/**
 * Nearly every row is plain: nothing quoted, an id of ASCII, as many fields as there must be, of which none has a form. It
 * is judged where it lies, and the hash of its id is all that is wanted of it; undefined of another row.
 */
function plainRows({ width, columns }: AttributeHeader, hasher: ProfileHasher) {
  const isFormless = columns.every(({ type }) => type === 'string');
  return (bytes: Buffer, start: number, end: number): number | undefined => {
    if (!isFormless) return undefined;
    let idEnd = 0;
    let fields = 1;
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at]!;
      if (byte === COMMA) {
        if (fields === 1) idEnd = at;
        fields += 1;
      } else if (byte === QUOTE || (fields === 1 && (byte > 0x7f || byte === PLUS || byte === SLASH))) return undefined;
    }
    const isLegal = idEnd > start && idEnd - start <= THIRD_PARTY_ID_LENGTH_MAX;
    return fields === width && isLegal ? hasher.ofAscii(bytes, start, idEnd) : undefined;
  };
}

const lineOf = (bytes: Buffer, start: number, end: number) =>
  bytes.toString('utf8', start, bytes[end - 1] === CARRIAGE_RETURN && end > start ? end - 1 : end);

const NOT_UTF8: FileFault = { rule: 'ca-encoding', message: 'The file is not UTF-8.' };
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const PLUS = 0x2b;
const SLASH = 0x2f;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');
/** As of a batch file's header row (our-columns-max). */
const HEADER_BYTES_MAX = 1024 * 1024;
/** Held in memory at a time. */
const STRETCH_BYTES_MAX = 64 * 1024 * 1024;
/** Some 10 ms. */
const ROWS_PER_PAUSE = 32_768;
