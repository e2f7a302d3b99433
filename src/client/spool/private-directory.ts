/** Where CRM rows wait on their way: a folder of a job, or files that have no name and die with their process. */
import { appendFile, type FileHandle, mkdtemp, open, rename, rm, rmdir } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reasonOf, isUploadError, UploadError } from '../upload-error.ts';

/** `create` makes an empty file that nobody else can read, and fails if it exists. */
export type PrivateDirectory = Omit<ReturnType<typeof namelessFiles>, 'remove'>;

/** Unlinked before the first row is written: whatever ends the process, `kill -9` included, the system takes them back. */
export function namelessFiles(parent: string = tmpdir()) {
  const handles = new Map<string, FileHandle>();
  const drop = async (name: string) => {
    const handle = handles.get(name);
    handles.delete(name);
    await handle?.close();
  };
  return {
    async create(name: string): Promise<void> {
      // mkdtemp's own mode is 0700.
      const directory = await orSpoolError(mkdtemp(join(parent, 'tpe-upload-')), `Cannot make a file in ${parent}`);
      const path = join(directory, name);
      try {
        handles.set(name, await orSpoolError(open(path, 'wx+', 0o600), `Cannot make ${path}`));
      } finally {
        // To list the folder would take a descriptor, of which there may be none left.
        await rm(path, { force: true });
        await rmdir(directory);
      }
    },
    append: (name: string, bytes: Uint8Array): Promise<void> =>
      orSpoolError(handles.get(name)!.appendFile(bytes), `Cannot write a file in ${parent}`),
    async *read(name: string): AsyncGenerator<Uint8Array> {
      const handle = handles.get(name)!;
      for (let at = 0; ;) {
        const reading = handle.read(Buffer.allocUnsafeSlow(READ_BYTES), 0, READ_BYTES, at);
        const { bytesRead, buffer } = await orSpoolError(reading, `Cannot read a file in ${parent}`);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
        at += bytesRead;
      }
    },
    async rename(from: string, to: string): Promise<void> {
      handles.set(to, handles.get(from)!);
      handles.delete(from);
    },
    delete: drop,
    /** Takes everything away; never rejects because nothing was there. */
    async remove(): Promise<void> {
      for (const name of handles.keys()) await drop(name);
    },
  };
}

/** For work with nameless files, which are gone afterwards, whatever happens. An aborted signal becomes `interrupted`. */
export async function withSpool<T>(
  parent: string | undefined,
  { signal }: { readonly signal?: AbortSignal | undefined },
  work: (spool: PrivateDirectory) => Promise<T>,
  interrupted = 'Interrupted before anything was sent.',
): Promise<T> {
  const spool = namelessFiles(parent);
  try {
    signal?.throwIfAborted();
    return await work(spool);
  } catch (error) {
    if (signal?.aborted !== true || isUploadError(error)) throw error;
    throw new UploadError('interrupted', interrupted, { cause: error });
  } finally {
    await spool.remove();
  }
}

/** Files of a folder that is there already, which keep their names. */
export function namedFiles(directory: string): PrivateDirectory {
  const path = (name: string) => join(directory, name);
  return {
    create: async (name) => (await orSpoolError(open(path(name), 'wx', 0o600), `Cannot make ${path(name)}`)).close(),
    append: (name, bytes) => orSpoolError(appendFile(path(name), bytes), `Cannot write ${path(name)}`),
    async *read(name) {
      try {
        yield* createReadStream(path(name), { highWaterMark: READ_BYTES }) as AsyncIterable<Uint8Array>;
      } catch (cause) {
        const isGone = (cause as NodeJS.ErrnoException).code === 'ENOENT';
        const message = isGone
          ? `${path(name)} is gone. Upload the input anew.`
          : `Cannot read ${path(name)}: ${reasonOf(cause)}.`;
        throw new UploadError('spool-unusable', message, { cause, retryable: !isGone });
      }
    },
    rename: (from, to) => orSpoolError(rename(path(from), path(to)), `Cannot rename ${path(from)}`),
    delete: (name) => orSpoolError(rm(path(name), { force: true }), `Cannot remove ${path(name)}`),
  };
}

/** Larger pieces leave more behind than is cleared away while they are encrypted. */
const READ_BYTES = 64 * 1024;

async function orSpoolError<T>(work: Promise<T>, what: string): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const message = `${what}: ${reasonOf(cause)}. Free some space or name another directory.`;
    throw new UploadError('spool-unusable', message, { cause });
  }
}
