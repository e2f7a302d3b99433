/** Opens the store's three sides at one place: the writer, a reader, the spool for bodies. `jobs/` makes a `Store` of them. */
import { bodySpool } from './body-spool.ts';
import { viewOfEachRead, viewOfTurn, viewOfWriter } from './read-view.ts';
import { sqliteReader } from './sqlite-reader.ts';
import { sqliteStore, type StoreOptions } from './sqlite-store.ts';
import { guarded } from './storage-error.ts';
import type { BodySpool, Reader } from './store.ts';
import type { StorePlace } from './store-place.ts';
import type { SyncStore } from './sync-store.ts';

/** In memory, closing the writer ends the other two. */
export function openSyncStore(options: StoreOptions): SyncStore {
  return guarded(options.place.name, () => {
    const database = options.place.connect();
    try {
      return sqliteStore(database, options);
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
    const viewOf = (onNewState: () => void) => {
      if (!database.readonly) return viewOfWriter(onNewState);
      return atEndOfTurn === undefined
        ? viewOfEachRead(database, onNewState)
        : viewOfTurn(database, onNewState, atEndOfTurn);
    };
    return sqliteReader(database, viewOf, place, hash);
  });
}

export function openBodySpool({ name, bodies }: StorePlace): BodySpool {
  return guarded(name, () => bodySpool(name, bodies));
}
