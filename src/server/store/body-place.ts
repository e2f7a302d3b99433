/** Where spooled bodies lie: files of the data directory, or memory. Names are all that the database knows of them. */
import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ownFiles, remakeSpool } from './data-directory.ts';
import type { BodySink } from './store.ts';

export interface BodyPlace {
  /** Rejects with EEXIST where there is one of this name. */
  create(name: string): Promise<BodySink>;
  /** Undefined where there is none of this name. */
  read(name: string): Uint8Array | undefined;
  /** What `read` gave is not looked at any more. For bodies of `REUSED_BYTES_MIN` or more. */
  giveBack(bytes: Uint8Array): void;
  /** Opens a body for reading parts of it. */
  openParts(name: string): BodyParts | undefined;
  delete(name: string): void;
  names(): readonly string[];
}

export interface BodyParts {
  readonly byteLength: number;
  read(from: number, to: number): Uint8Array;
  close(): void;
}

/** Files of mode 0600. */
export function fileBodies(directory: string): BodyPlace {
  /** Used for the next body: a collector would come for one of 50 MB only after the next is there too. */
  let spare: Buffer | undefined;

  const opened = (name: string): number | undefined => {
    try {
      return openSync(join(directory, name), 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  };

  return {
    async create(name) {
      const path = join(directory, name);
      const create = () => open(path, 'wx', 0o600);
      const file = await create().catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT' || !remakeSpool(directory)) throw error;
        return create();
      });
      return newFile(name, path, file);
    },
    read(name) {
      const file = opened(name);
      if (file === undefined) return undefined;
      try {
        const size = fstatSync(file).size;
        if (size < REUSED_BYTES_MIN) return readAt(file, 0, Buffer.allocUnsafeSlow(size));
        // Full batches are hardly ever of one size; what is never written to is not there.
        const grown = Math.ceil(size / REUSED_BYTES_MIN) * REUSED_BYTES_MIN;
        const memory = spare !== undefined && spare.length >= size ? spare : Buffer.allocUnsafeSlow(grown);
        spare = undefined;
        return readAt(file, 0, memory.subarray(0, size));
      } finally {
        closeSync(file);
      }
    },
    giveBack(bytes) {
      spare = Buffer.from(bytes.buffer);
    },
    openParts(name) {
      const file = opened(name);
      if (file === undefined) return undefined;
      return {
        byteLength: fstatSync(file).size,
        read: (from, to) => readAt(file, from, Buffer.allocUnsafe(to - from)),
        close: () => closeSync(file),
      };
    },
    delete: (name) => rmSync(join(directory, name), { force: true }),
    // Whatever else lies there is somebody else's.
    names: () => ownFiles(directory, /^body-\d+$/),
  };
}

function newFile(name: string, path: string, file: FileHandle): BodySink {
  let byteLength = 0;
  let checksum = 0;
  return {
    async write(chunk) {
      // All of it, behind what was written before.
      await file.writeFile(chunk);
      byteLength += chunk.byteLength;
      checksum = crc32(chunk, checksum);
    },
    async finish() {
      await file.close();
      return { kind: 'spooled', name, byteLength, checksum };
    },
    async discard() {
      // A second time it does nothing.
      await file.close();
      await rm(path, { force: true });
    },
  };
}

/** Memory of smaller bodies is not worth giving back. */
export const REUSED_BYTES_MIN = 4 * 1024 * 1024;

function readAt(file: number, from: number, into: Buffer): Buffer {
  let length = 0;
  while (length < into.length) {
    const count = readSync(file, into, length, into.length - length, from + length);
    if (count === 0) break;
    length += count;
  }
  return into.subarray(0, length);
}

export function memoryBodies(): BodyPlace {
  const held = new Map<string, Uint8Array>();
  return {
    create: async (name) => {
      const chunks: Uint8Array[] = [];
      return {
        write: async (chunk) => void chunks.push(new Uint8Array(chunk)),
        finish: async () => {
          const bytes = Buffer.concat(chunks);
          held.set(name, bytes);
          return { kind: 'spooled', name, byteLength: bytes.byteLength, checksum: crc32(bytes) };
        },
        discard: async () => void held.delete(name),
      };
    },
    read: (name) => held.get(name),
    giveBack: () => {},
    openParts(name) {
      const bytes = held.get(name);
      return bytes && partsOf(bytes);
    },
    delete: (name) => void held.delete(name),
    names: () => [...held.keys()],
  };
}

/** Bytes that are in memory anyway. */
export function partsOf(bytes: Uint8Array): BodyParts {
  return { byteLength: bytes.byteLength, read: (from, to) => bytes.subarray(from, to), close: () => {} };
}
