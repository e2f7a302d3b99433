/** Makes every kind of source one that is read the same way: once, or again where a spool is given. */
import type { Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { isAnyArrayBuffer } from 'node:util/types';
import type { PrivateDirectory } from '../spool/private-directory.ts';
import { A_DIRECTORY, UploadError } from '../upload-error.ts';
import { abortable } from './abortable.ts';

export type Input = Awaited<ReturnType<typeof openInput>>;

export interface InputFile {
  readonly name: string;
  readonly bytes: number | undefined;
  /** Rejects with `input-changed` where it is not what it was. Ends with the signal. */
  open(): AsyncIterable<Uint8Array>;
}

/**
 * `files` in the order they are read, at least one, called `a.csv` or `a.csv and 2 more`; their `bytes` where known beforehand,
 * for a progress bar only. With a `spool` every file can be opened again.
 */
export async function openInput(source: UploadSource, signal?: AbortSignal, spool?: PrivateDirectory) {
  const sources: OneSource[] = [source].flat();
  if (sources.length === 0) throw UploadError.ofOptions(['There is no input.']);
  const files: InputFile[] = [];
  for (const [index, one] of sources.entries()) files.push(await openOne(one, signal, spool, `input-${index}`));
  const total = files.reduce((sum, { bytes = NaN }) => sum + bytes, 0);
  const more = files.length === 1 ? '' : ` and ${files.length - 1} more`;
  return { name: files[0]!.name + more, bytes: Number.isNaN(total) ? undefined : total, files };
}

/** What a caller without types may have passed. */
export function assertSource(source: unknown): asserts source is OneSource {
  if (typeof source === 'string') return;
  const given: { name?: unknown; open?: unknown; text?: unknown; chunks?: unknown } = Object(source);
  const { name, open: opens, text, chunks } = given;
  const hasContent = typeof opens === 'function' || typeof text === 'string' || Object(chunks) === chunks;
  if (typeof name === 'string' && hasContent) return;
  throw UploadError.ofOptions([
    'The input is a path, { name, text }, { name, chunks } or { name, open }, or several of these.',
  ]);
}

async function openOne(
  source: OneSource,
  signal: AbortSignal | undefined,
  spool: PrivateDirectory | undefined,
  spooled: string,
): Promise<InputFile> {
  assertSource(source);
  if (typeof source === 'string') return fileInput(source, signal);
  const { name } = source;
  const read = (chunks: Chunks) => readable(name, pieces(chunks), signal);
  if ('open' in source) return { name, bytes: source.bytes, open: () => read(source.open()) };
  if ('text' in source) {
    const text = Buffer.from(source.text);
    return { name, bytes: text.length, open: () => read([text]) };
  }
  if (spool === undefined) return { name, bytes: undefined, open: () => read(source.chunks) };
  await spool.create(spooled);
  let bytes = 0;
  for await (const chunk of read(source.chunks)) {
    await spool.append(spooled, chunk);
    bytes += chunk.length;
  }
  return { name, bytes, open: () => abortable(spool.read(spooled), signal) };
}

async function fileInput(path: string, signal: AbortSignal | undefined): Promise<InputFile> {
  const first = await fingerprint(path);
  const assertUnchanged = async () => {
    const now = await fingerprint(path);
    if (now.mtimeMs === first.mtimeMs && now.size === first.size) return;
    const message = `${path} changed while it was being uploaded. Upload a copy that nobody writes to.`;
    throw new UploadError('input-changed', message);
  };
  async function* contents() {
    await assertUnchanged();
    yield* readable(path, fileBytes(path), signal);
    await assertUnchanged();
  }
  return { name: path, bytes: first.size, open: contents };
}

/** A chunk stands in one of two buffers: the file is read on while somebody works at it, who must be done before the next. */
export async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    let [buffer, other] = [Buffer.allocUnsafeSlow(CHUNK_BYTES), Buffer.allocUnsafeSlow(CHUNK_BYTES)];
    let reading = file.read(buffer);
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      const chunk = buffer.subarray(0, bytesRead);
      [buffer, other] = [other, buffer];
      reading = file.read(buffer);
      // Told when it is waited for.
      reading.catch(() => undefined);
      yield chunk;
    }
  } finally {
    await file.close();
  }
}

/** A source may give everything as one chunk: what is done with a chunk is done in one go. */
export async function* pieces(chunks: Chunks): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const bytes = bytesOf(chunk);
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
  }
}

/** A caller without types may pass anything: what has no length would be no bytes at all, without a word. */
function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk);
  if (ArrayBuffer.isView(chunk)) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (isAnyArrayBuffer(chunk)) return Buffer.from(chunk);
  const kind = chunk === null ? 'null' : typeof chunk;
  throw new UploadError('input-unreadable', `a chunk of it is of type ${kind}, and neither text nor bytes`);
}

const CHUNK_BYTES = 128 * 1024;

async function fingerprint(path: string): Promise<Stats> {
  try {
    const file = await stat(path);
    if (file.isDirectory()) throw new Error(A_DIRECTORY);
    if (!file.isFile()) throw new Error('it is not a regular file; pipe it into standard input instead');
    return file;
  } catch (cause) {
    throw UploadError.ofFile(path, cause);
  }
}

/** Ends with the signal. Whatever goes wrong on the way is told as of this input. */
export async function* readable(name: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
  try {
    yield* abortable(chunks, signal);
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw UploadError.ofFile(name, cause);
  }
}

/** A Node or web stream, a generator, an array; text is taken as UTF-8. */
export type Chunks = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

/** Several are read one after the other: each has its own header row, all write into the same attributes. */
export type UploadSource = OneSource | readonly OneSource[];

export type OneSource =
  /** A file's path. */
  | string
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly chunks: Chunks }
  /** Opened when it is read: once by an upload, perhaps again by a plan, which must get the same bytes. */
  | { readonly name: string; readonly open: () => Chunks; readonly bytes?: number };
