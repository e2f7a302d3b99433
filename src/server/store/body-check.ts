/** Whether a kept body is what was accepted: its length and CRC-32 are stored with its batch. */
import { crc32 } from 'node:zlib';
import type { FileFault } from '../../protocol/vocabulary/index.ts';

/** Why a body could not be applied: an operating failure, told with its batch. */
export type BodyFailure = 'body-missing' | 'body-damaged';

export const BODY_FAILURES: Readonly<Record<BodyFailure, string>> = {
  'body-missing': 'Its body is gone from the data directory: send the batch again.',
  'body-damaged': 'Its body in the data directory is not what was accepted: check the disk, and send the batch again.',
};

/** The same of a file of customer attributes. */
export const FILE_FAILURES: Readonly<Record<BodyFailure, FileFault>> = {
  'body-missing': { rule: 'ca-file-csv', message: 'Its bytes are gone from the data directory: upload it again.' },
  'body-damaged': {
    rule: 'ca-file-csv',
    message: 'Its bytes in the data directory are not what was uploaded: check the disk, and upload it again.',
  },
};

/** As stored. Without a checksum: of release 0.1.0, or where it lies in the database. */
export interface BodyMark {
  readonly bodyBytes: number;
  readonly bodyChecksum?: number | undefined;
}

/** Of all bytes so far, where `before` is that of the bytes before these. */
export const bodyChecksum = (bytes: Uint8Array, before = 0): number => crc32(bytes, before);

/** Reads `pieces`, which are the whole body, and pauses after each. */
export function* isAsAccepted(pieces: Iterable<Uint8Array>, mark: BodyMark): Generator<undefined, boolean, undefined> {
  let bytes = 0;
  let checksum = 0;
  for (const piece of pieces) {
    if (bytes > 0) yield;
    bytes += piece.byteLength;
    if (mark.bodyChecksum !== undefined) checksum = bodyChecksum(piece, checksum);
  }
  return bytes === mark.bodyBytes && (mark.bodyChecksum ?? checksum) === checksum;
}

/** Pieces that take some milliseconds each. */
export function* piecesOf(
  byteLength: number,
  read: (from: number, to: number) => Uint8Array,
): Generator<Uint8Array, void, undefined> {
  for (let from = 0; from < byteLength; from += PIECE_BYTES) yield read(from, Math.min(from + PIECE_BYTES, byteLength));
}

const PIECE_BYTES = 8 * 1024 * 1024;
