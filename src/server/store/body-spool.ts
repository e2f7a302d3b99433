/** Takes bodies while they arrive: small ones stay in memory and go into the database, larger ones into a spool. */
import { readdirSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { storageError } from './storage-error.ts';
import type { Body, BodySink, BodySpool } from './store.ts';

/** Bodies up to this lie in the database, beside their batch. */
export const INLINE_BODY_BYTES_MAX = 64 * 1024;

/** Where a body goes that has outgrown the database. */
interface Overflow {
  write(chunk: Uint8Array): Promise<void>;
  finish(): Promise<Body>;
  discard(): Promise<void>;
}

/** Files of mode 0600. Open the `SyncStore` first: opening it deletes what no batch owns. */
export function fileBodySpool(directory: string): BodySpool {
  let lastNumber = Math.max(0, ...readdirSync(directory).map(numberOf));
  const openFile = async (): Promise<Overflow> => {
    for (;;) {
      lastNumber += 1;
      const name = `body-${lastNumber}`;
      const path = join(directory, name);
      try {
        return fileSpool(name, path, await open(path, 'wx', 0o600));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  };
  return spool(directory, openFile);
}

export function memoryBodySpool(held: Map<string, Uint8Array>): BodySpool {
  let lastNumber = 0;
  return spool('memory', async () => {
    lastNumber += 1;
    const name = `body-${lastNumber}`;
    const chunks: Uint8Array[] = [];
    return {
      write: async (chunk) => void chunks.push(new Uint8Array(chunk)),
      finish: async () => {
        const bytes = Buffer.concat(chunks);
        held.set(name, bytes);
        return { kind: 'spooled', name, byteLength: bytes.byteLength };
      },
      discard: async () => {
        chunks.length = 0;
        held.delete(name);
      },
    };
  });
}

function spool(place: string, openOverflow: () => Promise<Overflow>): BodySpool {
  return { open: () => sink(place, openOverflow) };
}

function sink(place: string, openOverflow: () => Promise<Overflow>): BodySink {
  let small: Uint8Array[] = [];
  let smallBytes = 0;
  let overflow: Overflow | undefined;
  const asStorage = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw storageError(place, error);
    }
  };
  return {
    async write(chunk) {
      if (overflow === undefined && smallBytes + chunk.byteLength <= INLINE_BODY_BYTES_MAX) {
        small.push(new Uint8Array(chunk));
        smallBytes += chunk.byteLength;
        return;
      }
      await asStorage(async () => {
        if (overflow === undefined) {
          overflow = await openOverflow();
          const head = Buffer.concat(small);
          small = [];
          if (head.byteLength > 0) await overflow.write(head);
        }
        await overflow.write(chunk);
      });
    },
    async finish() {
      if (overflow !== undefined) return asStorage(() => overflow!.finish());
      // Memory of its own: it may be handed to another thread.
      const bytes = small.length === 1 ? small[0]! : new Uint8Array(Buffer.concat(small));
      return { kind: 'inline', bytes };
    },
    async discard() {
      small = [];
      if (overflow !== undefined) await asStorage(() => overflow!.discard());
    },
  };
}

function fileSpool(name: string, path: string, file: FileHandle): Overflow {
  let byteLength = 0;
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await file.close();
  };
  return {
    async write(chunk) {
      for (let at = 0; at < chunk.byteLength;) {
        const { bytesWritten } = await file.write(chunk, at, chunk.byteLength - at);
        at += bytesWritten;
      }
      byteLength += chunk.byteLength;
    },
    async finish() {
      await close();
      return { kind: 'spooled', name, byteLength };
    },
    async discard() {
      await close();
      await rm(path, { force: true });
    },
  };
}

function numberOf(name: string): number {
  return Number(/^body-(\d+)$/.exec(name)?.[1] ?? 0);
}
