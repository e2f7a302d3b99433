/** Takes off what a file is packed in: gzip and zstd are unpacked while they are read, other packages refused by name. */
import { Readable, pipeline } from 'node:stream';
import { problemOf, UnreadableInput } from './input-problem.ts';
import { peeked } from './peeked.ts';

/** Holds a chunk or two, however much the data expand to. @throws UnreadableInput */
export async function* unpacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { head, all, close } = await peeked(chunks, HEAD_BYTES);
  const [, kind] = Object.entries(KINDS).find(([start]) => head.toString('hex').startsWith(start)) ?? [];
  try {
    if (kind === undefined) yield* all;
    else if (kind === 'gzip' || kind === 'zstd') yield* expanded(all, kind);
    else throw new UnreadableInput(problemOf('not-an-export', kind));
  } finally {
    await close();
  }
}

async function* expanded(chunks: AsyncIterable<Uint8Array>, kind: 'gzip' | 'zstd'): AsyncGenerator<Uint8Array> {
  let packedBytes = 0;
  let bytes = 0;
  const copies = (async function* () {
    for await (const chunk of chunks) {
      packedBytes += chunk.length;
      // Some sources reuse their buffer, and the unpacking runs in another thread.
      yield Buffer.from(chunk);
    }
  })();
  // Loaded for what is packed only: it takes a tenth of a start.
  const { createGunzip, createZstdDecompress } = await import('node:zlib');
  const unpacking = (kind === 'gzip' ? createGunzip : createZstdDecompress)({ chunkSize: CHUNK_BYTES });
  // What breaks `copies` breaks `unpacking`, and is thrown by the loop below.
  pipeline(Readable.from(copies), unpacking, () => undefined);
  try {
    for await (const chunk of unpacking as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > BOMB_BYTES_MIN && bytes > BOMB_RATIO * packedBytes)
        throw refused(`The ${kind} data expand more than ${BOMB_RATIO} times: no export does`);
      yield chunk;
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code === 'Z_BUF_ERROR') throw refused(`The ${kind} data end too early: the file is incomplete`, cause);
    if (/^Z_|^ZSTD/.test(code)) throw refused(`The ${kind} data are damaged`, cause);
    throw cause;
  }
  // Node ends with the first of several zstd frames.
  if (kind === 'zstd' && unpacking.bytesWritten < packedBytes)
    throw refused('Other data follow the end of the first zstd frame. Unpack the file yourself (zstd -d)');
}

const refused = (what: string, cause?: unknown): UnreadableInput =>
  new UnreadableInput(problemOf('packed-data', `${what}.`), cause);

const HEAD_BYTES = 8;
const CHUNK_BYTES = 128 * 1024;
/** gzip cannot expand beyond 1,032 times; what is small harms nobody. */
const BOMB_RATIO = 1_000;
const BOMB_BYTES_MIN = 256 * 1024 * 1024;

/** By how they begin. */
const KINDS: Readonly<Record<string, string>> = {
  '1f8b08': 'gzip',
  '28b52ffd': 'zstd',
  '504b0304': 'This is a zip archive, or an Excel workbook (.xlsx), which is one. Save the sheet as CSV, or unpack it.',
  d0cf11e0: 'This is an old Excel workbook (.xls). Save the sheet as CSV.',
  '25504446': 'This is a PDF. Export the table as CSV.',
  '425a68': 'This is packed with bzip2. Unpack it first: bunzip2 -c FILE | tpe upload -',
  fd377a585a: 'This is packed with xz. Unpack it first: xz -dc FILE | tpe upload -',
  '377abcaf': 'This is a 7z archive. Unpack it first.',
  '50415231': 'This is a Parquet file. Export the table as CSV or NDJSON.',
};
