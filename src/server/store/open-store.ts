/** Opens the store's three sides at one place: the writer, a reader, the spool for bodies. `jobs/` makes a `Store` of them. */
import { bodySpool } from './body-spool.ts';
import type { ProfileHash } from './profile-key.ts';
import { viewOfEachRead, viewOfTurn } from './read-view.ts';
import { sqliteReader } from './sqlite-reader.ts';
import { sqliteStore } from './sqlite-store.ts';
import { guarded } from './storage-error.ts';
import type { BodySpool, Reader } from './store.ts';
import type { StorePlace } from './store-place.ts';
import type { SyncStore } from './sync-store.ts';

export interface StoreOptions {
  readonly place: StorePlace;
  /** Bytes of bodies and outcomes kept of ended batches; by default as the place says. */
  readonly retainedBytesMax?: number | undefined;
  /** For tests of collisions; whoever hashes the rows of slices must use the same. */
  readonly hash?: ProfileHash | undefined;
}

/** In memory, closing the writer ends the other two. */
export function openSyncStore({ place, retainedBytesMax, hash }: StoreOptions): SyncStore {
  return guarded(place.name, () => {
    const database = place.connect();
    try {
      return sqliteStore(database, place, retainedBytesMax, hash);
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

export interface ReaderOptions extends Pick<StoreOptions, 'place' | 'hash'> {
  /**
   * Of a directory, the reads of a turn of the event loop then share one state; whoever writes must `renew()` the reader
   * with each answer. Runs what it is given once, soon, and never within the call.
   */
  readonly atEndOfTurn?: ((work: () => void) => void) | undefined;
}

export function openReader({ place, hash, atEndOfTurn }: ReaderOptions): Reader {
  return guarded(place.name, () => {
    const database = place.connectReader();
    const view = atEndOfTurn === undefined ? viewOfEachRead(database) : viewOfTurn(database, atEndOfTurn);
    return sqliteReader(database, view, place, hash);
  });
}

export function openBodySpool({ name, bodies }: StorePlace): BodySpool {
  return guarded(name, () => bodySpool(name, bodies));
}
