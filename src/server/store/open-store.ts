/** Opens the store's three sides at one place: the writer, a reader, the spool for bodies. `jobs/` makes a `Store` of them. */
import { bodySpool } from './body-spool.ts';
import { viewOfTurn, viewOfWriter } from './read-view.ts';
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

/** Whoever writes must `renew()` it with each answer. */
export function openReader({ place, hash }: Pick<StoreOptions, 'place' | 'hash'>): Reader {
  return guarded(place.name, () => {
    const database = place.connectReader();
    const viewOf = (onNewState: () => void) =>
      database.readonly ? viewOfTurn(database, onNewState, setImmediate) : viewOfWriter(onNewState);
    return sqliteReader(database, viewOf, place, hash);
  });
}

export function openBodySpool({ name, bodies }: StorePlace): BodySpool {
  return guarded(name, () => bodySpool(name, bodies));
}
