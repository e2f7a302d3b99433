/** Makes every kind of source one that can be read twice. */
import { open, stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { PrivateDirectory } from '../spool/private-directory.ts';
import { reasonOf } from '../reason-of.ts';
import { InputChangedError, InputUnreadableError } from '../upload-error.ts';
import { abortable } from './abortable.ts';
import type { Chunks, UploadSource } from './upload-source.ts';

export interface Input {
  readonly name: string;
  /** Where known beforehand: for a progress bar only. */
  readonly bytes: number | undefined;
  /** The same bytes every time, or InputChangedError. Ends with the signal. */
  open(): AsyncIterable<Uint8Array>;
}

export async function openInput(source: UploadSource, spool: PrivateDirectory, signal?: AbortSignal): Promise<Input> {
  if (typeof source === 'string') return fileInput(source, signal);
  const { name } = source;
  if ('open' in source) {
    return { name, bytes: source.bytes, open: () => readable(name, abortable(bytesOf(source.open()), signal), signal) };
  }
  if ('text' in source) {
    const bytes = Buffer.from(source.text);
    return { name, bytes: bytes.length, open: () => abortable(bytesOf([bytes]), signal) };
  }
  const path = await spool.create('input');
  let bytes = 0;
  for await (const chunk of readable(name, abortable(bytesOf(source.chunks), signal), signal)) {
    await spool.append(path, chunk);
    bytes += chunk.length;
  }
  return { name, bytes, open: () => abortable(spool.read(path), signal) };
}

async function fileInput(path: string, signal: AbortSignal | undefined): Promise<Input> {
  const first = await fingerprint(path);
  const assertUnchanged = async () => {
    const now = await fingerprint(path);
    if (now.modifiedMs !== first.modifiedMs || now.bytes !== first.bytes) throw inputChanged(path);
  };
  async function* contents() {
    await assertUnchanged();
    yield* readable(path, abortable(fileBytes(path), signal), signal);
    await assertUnchanged();
  }
  return { name: path, bytes: first.bytes, open: contents };
}

async function* bytesOf(chunks: Chunks): AsyncGenerator<Uint8Array> {
  let sinceTurn = 0;
  for await (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    yield bytes;
    // What is there at once would keep timers and signals waiting until its end.
    sinceTurn += bytes.length;
    if (sinceTurn < TURN_BYTES) continue;
    sinceTurn = 0;
    await setImmediate();
  }
}

const TURN_BYTES = 1024 * 1024;

/** Every chunk stands in the same buffer, and is overwritten by the next one. */
async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

const CHUNK_BYTES = 128 * 1024;

export function inputChanged(name: string): InputChangedError {
  return new InputChangedError(`${name} changed while it was being uploaded. Upload a copy that nobody writes to.`);
}

async function fingerprint(path: string): Promise<{ readonly bytes: number; readonly modifiedMs: number }> {
  try {
    const file = await stat(path);
    if (!file.isFile()) throw new Error('it is not a regular file; pipe it into standard input instead');
    return { bytes: file.size, modifiedMs: file.mtimeMs };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function* readable(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw unreadable(name, cause);
  }
}

function unreadable(name: string, cause: unknown): InputUnreadableError {
  return new InputUnreadableError(`Cannot read ${name}: ${reasonOf(cause)}.`, { cause });
}
