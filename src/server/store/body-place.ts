/** Where spooled bodies lie: files of the data directory, or memory. Names are all that the database knows of them. */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface BodyPlace {
  /** Undefined where there is none of this name. */
  read(name: string): Uint8Array | undefined;
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

export function fileBodies(directory: string): BodyPlace {
  return {
    read: (name) => ifThere(() => readFileSync(join(directory, name))),
    openParts(name) {
      const file = ifThere(() => openSync(join(directory, name), 'r'));
      if (file === undefined) return undefined;
      return {
        byteLength: fstatSync(file).size,
        read(from, to) {
          const bytes = Buffer.allocUnsafe(to - from);
          let length = 0;
          while (length < bytes.length) {
            const count = readSync(file, bytes, length, bytes.length - length, from + length);
            if (count === 0) break;
            length += count;
          }
          return bytes.subarray(0, length);
        },
        close: () => closeSync(file),
      };
    },
    delete: (name) => rmSync(join(directory, name), { force: true }),
    names: () => readdirSync(directory),
  };
}

export function memoryBodies(held: Map<string, Uint8Array>): BodyPlace {
  return {
    read: (name) => held.get(name),
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

function ifThere<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
