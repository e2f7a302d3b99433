/** Opens a whole store: in memory with its writer in this thread, or in a directory with the writer in its own. */
import { claimDirectory } from '../store/claim-directory.ts';
import { openBodySpool } from '../store/body-spool.ts';
import { openReader } from '../store/sqlite-reader.ts';
import { openSyncStore } from '../store/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { directoryPlace, memoryPlace } from '../store/store-place.ts';
import type { StepOptions } from './batch-steps.ts';
import { inlineWriter, openClaimedWriter } from './inline-writer.ts';
import type { WriterWorkerData } from './writer-messages.ts';
import { writerThread } from './writer-thread.ts';

export interface MemoryStoreOptions extends StepOptions {
  /** Bytes of bodies and outcomes kept of ended batches. Default 128 MiB. */
  readonly retainedBytesMax?: number | undefined;
}

export interface FileStoreOptions extends Omit<WriterWorkerData, 'directory'> {
  /** `worker` leaves the main thread free to read while rows are applied; `inline` needs no built file. */
  readonly writer: 'worker' | 'inline';
  /** The worker's built file, where it does not stand beside the bundle. */
  readonly workerUrl?: URL | undefined;
}

/** Gone when its writer is closed: the reader shares the one connection. */
export function openMemoryStore({ retainedBytesMax, hash, ...bounds }: MemoryStoreOptions = {}): Store {
  const place = memoryPlace();
  const reader = openReader(place, hash);
  const store = openSyncStore({ place, retainedBytesMax, hash, onWritten: reader.renew });
  return {
    writer: inlineWriter(store, { ...bounds, hash }),
    reader,
    bodies: openBodySpool(place),
  };
}

/**
 * Throws an `EmulatorError` where the directory is in use, not usable, or written by a newer release. Close the reader,
 * then the writer: it leaves one database file, without a log beside it.
 *
 * The directory is claimed here, so that its errors are known before anything listens and reading can begin at once; a
 * worker is started by the first call to the writer.
 */
export function openFileStore(directory: string, options: FileStoreOptions): Store {
  const { writer: thread, workerUrl, ...rest } = options;
  const data: WriterWorkerData = { directory, ...rest };
  const place = directoryPlace(directory);
  const claim = claimDirectory(directory);
  try {
    const reader = openReader(place);
    const bodies = openBodySpool(place);
    const writer =
      thread === 'worker'
        ? writerThread(data, { workerUrl, onOpen: claim.settle, onAnswers: reader.renew })
        : openClaimedWriter(data, reader.renew);
    if (thread === 'inline') claim.settle();
    const close = async () => {
      try {
        await writer.close();
      } finally {
        claim.release();
      }
    };
    return { writer: { ...writer, close }, reader, bodies, starts: claim.starts, assertThere: place.assertThere };
  } catch (error) {
    claim.release();
    throw error;
  }
}
