/** A directory for CRM rows on their way: readable by nobody else, made when first needed, always removed. */
import { appendFile, mkdtemp, open, rm } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reasonOf } from '../reason-of.ts';
import { SpoolError } from '../upload-error.ts';

export interface PrivateDirectory {
  /** Makes an empty file with mode 0600; fails if it exists. */
  create(name: string): Promise<string>;
  append(path: string, bytes: Uint8Array): Promise<void>;
  read(path: string): AsyncIterable<Uint8Array>;
  /** Takes everything away; never rejects because nothing was there. */
  remove(): Promise<void>;
}

export function privateDirectory(parent: string = tmpdir()): PrivateDirectory {
  let made: Promise<string> | undefined;
  return {
    async create(name) {
      // mkdtemp's own mode is 0700.
      made ??= orSpoolError(mkdtemp(join(parent, 'tpe-upload-')), `Cannot make a directory in ${parent}`);
      const path = join(await made, name);
      const file = await orSpoolError(open(path, 'wx', 0o600), `Cannot make ${path}`);
      await file.close();
      return path;
    },
    append: (path, bytes) => orSpoolError(appendFile(path, bytes), `Cannot write ${path}`),
    read: (path) => createReadStream(path, { highWaterMark: 256 * 1024 }),
    async remove() {
      const directory = await made?.catch(() => undefined);
      if (directory !== undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

async function orSpoolError<T>(work: Promise<T>, what: string): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new SpoolError(`${what}: ${reasonOf(cause)}. Free some space or name another directory.`, { cause });
  }
}
