/** Takes the one `.csv` out of an archive while it is read (ca-file-csv): nothing is held but a chunk, and a bomb ends at the bound. */
import { Readable } from 'node:stream';
import { crc32, createGunzip } from 'node:zlib';
import { Unzip, UnzipInflate } from 'fflate';
import { caSize } from '../../protocol/rules/index.ts';
import type { FileFault } from '../../protocol/vocabulary/index.ts';

/** The file is not what its name says. */
export class BadArchive extends Error {
  readonly fault: FileFault;
  constructor(fault: FileFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** Throws a `BadArchive` for what is no such archive, holds no or several files, or unpacks to too much. */
export async function* unpacked(
  kind: 'gz' | 'zip',
  chunks: Iterable<Uint8Array>,
  bytesMax = Infinity,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const chunk of kind === 'zip' ? unzipped(chunks) : gunzipped(chunks)) {
    bytes += chunk.byteLength;
    const tooLarge = caSize.decide(bytes > bytesMax ? Infinity : bytes);
    if (tooLarge !== undefined)
      throw new BadArchive({ ...tooLarge, message: 'What is packed in it has more than 4 GB.' });
    yield chunk;
  }
}

async function* gunzipped(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const gunzip = createGunzip();
  const source = Readable.from(chunks).on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of source.pipe(gunzip)) yield chunk as Buffer;
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code?.startsWith('Z_') === true ? broken('gz') : error;
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

function* unzipped(chunks: Iterable<Uint8Array>): Generator<Uint8Array, void> {
  let given: Uint8Array[] = [];
  let files = 0;
  let isWhole = false;
  let checksum = 0;
  let tail = Buffer.alloc(0);
  const unzip = new Unzip((file) => {
    files += 1;
    if (files > 1) throw new BadArchive(several('several files'));
    if (leadsOut(file.name))
      throw new BadArchive(several(`a path that leads out of it, ${JSON.stringify(file.name).slice(0, 200)}`));
    if (!file.name.endsWith('.csv')) throw new BadArchive(several('a file that is no .csv'));
    file.ondata = (error, data, isFinal) => {
      if (error !== null) throw broken('zip');
      checksum = crc32(data, checksum);
      if (data.byteLength > 0) given.push(data);
      isWhole ||= isFinal;
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  for (const chunk of chunks) {
    tail = Buffer.concat([tail, chunk]).subarray(-DIRECTORY_BYTES_MAX);
    // What it inflates at once has to stay small: at most some thousand times as much.
    for (let at = 0; at < chunk.byteLength; at += PIECE_BYTES) {
      try {
        unzip.push(chunk.subarray(at, at + PIECE_BYTES));
      } catch (error) {
        throw error instanceof BadArchive ? error : broken('zip');
      }
      yield* given;
      given = [];
    }
  }
  if (files === 0) throw new BadArchive(several('no file'));
  if (!isWhole || checksumIn(tail) !== checksum) throw broken('zip');
}

/** Of the one file, by the directory at the archive's end, which fflate does not read; undefined where that is not whole. */
function checksumIn(tail: Buffer): number | undefined {
  const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const entry = tail.lastIndexOf('PK\x01\x02', end, 'latin1');
  if (end === -1 || entry === -1 || end + 22 > tail.length) return undefined;
  const isEncrypted = (tail.readUInt16LE(entry + 8) & 1) === 1;
  return tail.readUInt16LE(end + 10) === 1 && !isEncrypted ? tail.readUInt32LE(entry + 16) : undefined;
}

/** Nothing is written where it says, but whoever packed it so meant harm, or a mistake. */
const leadsOut = (name: string) => /^([\\/]|[A-Za-z]:)|(^|[\\/])\.\.([\\/]|$)/.test(name);

/** A directory of one file: its name, extra field and comment, and the archive's comment. */
const DIRECTORY_BYTES_MAX = 4 * 65_536;

const PIECE_BYTES = 4 * 1024;

const several = (what: string): FileFault => ({
  rule: 'ca-file-csv',
  message: `The archive holds ${what}; it must hold one .csv.`,
});
const broken = (kind: string) =>
  new BadArchive({ rule: 'ca-file-csv', message: `The archive is no whole .${kind}: pack it again.` });
