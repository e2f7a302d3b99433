/**
 * A directory for CRM rows on their way: readable by nobody else, made when first needed, always removed; after a death
 * without warning, by the next upload.
 */
import { appendFile, mkdtemp, open, rm } from 'node:fs/promises';
import { createReadStream, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reasonOf } from '../reason-of.ts';
import { clearLeftBehind, signDirectory, SPOOL_PREFIX } from './left-behind.ts';
import { SpoolError } from '../upload-error.ts';

export interface PrivateDirectory {
  /** Makes an empty file with mode 0600; fails if it exists. */
  create(name: string): Promise<string>;
  append(path: string, bytes: Uint8Array): Promise<void>;
  read(path: string): AsyncIterable<Uint8Array>;
  delete(path: string): Promise<void>;
  /** Takes everything away; never rejects because nothing was there. */
  remove(): Promise<void>;
}

export function privateDirectory(parent: string = tmpdir()): PrivateDirectory {
  const cleared = clearLeftBehind(parent);
  let made: Promise<string> | undefined;
  let removeAtExit: (() => void) | undefined;
  const make = async () => {
    // mkdtemp's own mode is 0700.
    const directory = await orSpoolError(mkdtemp(join(parent, SPOOL_PREFIX)), `Cannot make a directory in ${parent}`);
    // A second Ctrl-C or a bug ends the process without waiting for `remove`.
    removeAtExit = () => rmSync(directory, { recursive: true, force: true });
    process.once('exit', removeAtExit);
    await orSpoolError(signDirectory(directory), `Cannot write to ${directory}`);
    return directory;
  };
  return {
    async create(name) {
      made ??= make();
      const path = join(await made, name);
      const file = await orSpoolError(open(path, 'wx', 0o600), `Cannot make ${path}`);
      await file.close();
      return path;
    },
    append: (path, bytes) => orSpoolError(appendFile(path, bytes), `Cannot write ${path}`),
    async *read(path) {
      try {
        yield* createReadStream(path, { highWaterMark: READ_BYTES }) as AsyncIterable<Uint8Array>;
      } catch (cause) {
        throw new SpoolError(`Cannot read ${path}: ${reasonOf(cause)}.`, { cause });
      }
    },
    delete: (path) => orSpoolError(rm(path), `Cannot remove ${path}`),
    async remove() {
      await cleared;
      const directory = await made?.catch(() => undefined);
      if (directory === undefined) return;
      await rm(directory, { recursive: true, force: true });
      if (removeAtExit !== undefined) process.off('exit', removeAtExit);
    },
  };
}

/** Large pieces: each of them goes a long way to the network. */
const READ_BYTES = 256 * 1024;

async function orSpoolError<T>(work: Promise<T>, what: string): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new SpoolError(`${what}: ${reasonOf(cause)}. Free some space or name another directory.`, { cause });
  }
}
