/** Whether a kept body is what was accepted: its length and CRC-32 are stored with its batch. */
import { crc32 } from 'node:zlib';
import type { FileFault } from '../../protocol/vocabulary/index.ts';
import type { BodyParts } from './body-place.ts';
import type { Body } from './store.ts';

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

/** How it is stored: its spool file or its bytes, and what it is known by. */
export const storedBody = (body: Body) =>
  body.kind === 'spooled'
    ? { name: body.name, bytes: null, byteLength: body.byteLength, checksum: body.checksum }
    : { name: null, bytes: body.bytes, byteLength: body.bytes.byteLength, checksum: crc32(body.bytes) };

/** Reads the whole body, and pauses after each piece. Small files of an earlier build have no checksum. */
export function* isAsAccepted(
  body: Pick<BodyParts, 'byteLength' | 'read'>,
  { bodyBytes, bodyChecksum }: { readonly bodyBytes: number; readonly bodyChecksum?: number | undefined },
): Generator<undefined, boolean, undefined> {
  let bytes = 0;
  let checksum = 0;
  for (const piece of piecesOf(body)) {
    if (bytes > 0) yield;
    bytes += piece.byteLength;
    checksum = crc32(piece, checksum);
  }
  return bytes === bodyBytes && (bodyChecksum ?? checksum) === checksum;
}

/** Pieces that take some milliseconds each. */
export function* piecesOf({ byteLength, read }: Pick<BodyParts, 'byteLength' | 'read'>): Generator<Uint8Array, void> {
  for (let from = 0; from < byteLength; from += PIECE_BYTES) yield read(from, Math.min(from + PIECE_BYTES, byteLength));
}

const PIECE_BYTES = 8 * 1024 * 1024;
