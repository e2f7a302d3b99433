/**
 * Opens the store's three sides at one place: the writer, a reader, the spool for bodies. `jobs/` makes a `Store` of them.
 *
 * A directory is claimed first, which locks, creates and migrates; the three may then be opened in any thread. In memory
 * all three share one connection, and closing the writer ends them all.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { type BodyPlace, fileBodies, memoryBodies } from './body-place.ts';
import { fileBodySpool, memoryBodySpool } from './body-spool.ts';
import { createDataDirectory, dataDirectory } from './data-directory.ts';
import { lockDirectory } from './directory-lock.ts';
import { openDatabase, openDatabaseReadOnly, openMemoryDatabase } from './open-database.ts';
import type { ProfileHash } from './profile-key.ts';
import { viewOfEachRead, viewOfTurn } from './read-view.ts';
import { sqliteReader } from './sqlite-reader.ts';
import { IN_MEMORY } from './snapshot-shelf.ts';
import { sqliteStore } from './sqlite-store.ts';
import { guarded } from './storage-error.ts';
import type { BodySpool, Reader } from './store.ts';
import type { SyncStore } from './sync-store.ts';

/** A data directory, or what `memoryPlace` made. */
export type StorePlace = { readonly directory: string } | MemoryPlace;

export interface MemoryPlace {
  readonly database: Database;
  readonly bodies: Map<string, Uint8Array>;
}

export interface StoreOptions {
  readonly place: StorePlace;
  /** Bytes of bodies and outcomes kept of ended batches. Default: 1 GiB in a directory, 128 MiB in memory. */
  readonly retainedBytesMax?: number | undefined;
  /** For tests of collisions; whoever hashes the rows of slices must use the same. */
  readonly hash?: ProfileHash | undefined;
}

export const RETAINED_FILE_BYTES_MAX = 1024 ** 3;
export const RETAINED_MEMORY_BYTES_MAX = 128 * 1024 ** 2;

/** A store that is gone when its writer is closed. */
export function memoryPlace(): MemoryPlace {
  return { database: openMemoryDatabase(), bodies: new Map() };
}

/** Throws `EmulatorError` where the directory is in use, not usable, or written by a newer release. */
export function openSyncStore({ place, retainedBytesMax, hash }: StoreOptions): SyncStore {
  if ('directory' in place) {
    const claim = claimDirectory(place.directory);
    try {
      const store = openClaimedStore({ place, retainedBytesMax, hash });
      claim.settle();
      return {
        ...store,
        close: () => {
          store.close();
          claim.release();
        },
      };
    } catch (error) {
      claim.release();
      throw error;
    }
  }
  return sqliteStore({
    hash,
    database: place.database,
    bodies: memoryBodies(place.bodies),
    snapshotPlace: () => IN_MEMORY,
    retainedBytesMax: retainedBytesMax ?? RETAINED_MEMORY_BYTES_MAX,
    place: 'memory',
    onClose: () => place.bodies.clear(),
  });
}

/** A data directory that is this process's, complete and of this release's shape. */
export interface DirectoryClaim {
  /** The writer has its connection, or there will be none: closes the one that created and migrated. Idempotent. */
  settle(): void;
  /** Gives the directory back, once the writer is closed. Settles, and is idempotent. */
  release(): void;
}

/** Throws `EmulatorError` where the directory is in use, not usable, or written by a newer release. */
export function claimDirectory(path: string): DirectoryClaim {
  return guarded(path, () => {
    const directory = createDataDirectory(path);
    const lock = lockDirectory(directory.path);
    let database: Database | undefined;
    // Under the lock: they are this process's, or of one that died.
    const emptySnapshots = () => rmSync(directory.snapshots, { recursive: true, force: true });
    try {
      database = openDatabase(directory.database);
      emptySnapshots();
      deleteOrphans(database, fileBodies(directory.spool, directory.snapshots));
    } catch (error) {
      database?.close();
      lock.release();
      throw error;
    }
    const created = database;
    let isReleased = false;
    return {
      settle: () => void created.close(),
      release() {
        if (isReleased) return;
        isReleased = true;
        created.close();
        emptySnapshots();
        lock.release();
      },
    };
  });
}

/** The writer of a directory that this process has claimed, in whichever thread. */
export function openClaimedStore({ place, ...options }: ClaimedStoreOptions): SyncStore {
  return guarded(place.directory, () => {
    const directory = dataDirectory(place.directory);
    const database = openDatabase(directory.database);
    try {
      return sqliteStore({
        hash: options.hash,
        database,
        bodies: fileBodies(directory.spool, directory.snapshots),
        snapshotPlace: (id) => join(directory.snapshots, `${id}.db`),
        retainedBytesMax: options.retainedBytesMax ?? RETAINED_FILE_BYTES_MAX,
        place: directory.path,
        onClose: () => {},
      });
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

interface ClaimedStoreOptions extends StoreOptions {
  readonly place: { readonly directory: string };
}

export interface ReaderOptions extends Pick<StoreOptions, 'place' | 'hash'> {
  /**
   * Of a directory, the reads of a turn of the event loop then share one state; whoever writes must `renew()` the reader
   * with each answer. Runs what it is given once, soon, and never within the call.
   */
  readonly atEndOfTurn?: ((work: () => void) => void) | undefined;
}

export function openReader({ place, hash, atEndOfTurn }: ReaderOptions): Reader {
  if (!('directory' in place)) {
    const { database } = place;
    return sqliteReader({
      hash,
      database,
      view: viewOfEachRead(database),
      bodies: memoryBodies(place.bodies),
      place: 'memory',
      onClose: () => {},
    });
  }
  return guarded(place.directory, () => {
    const directory = dataDirectory(place.directory);
    const database = openDatabaseReadOnly(directory.database);
    return sqliteReader({
      hash,
      database,
      view: atEndOfTurn === undefined ? viewOfEachRead(database) : viewOfTurn(database, atEndOfTurn),
      bodies: fileBodies(directory.spool),
      place: directory.path,
      onClose: () => database.close(),
    });
  });
}

export function openBodySpool(place: StorePlace): BodySpool {
  if (!('directory' in place)) return memoryBodySpool(place.bodies);
  return guarded(place.directory, () => fileBodySpool(dataDirectory(place.directory).spool));
}

/** Bodies that no batch owns: their submission was cut off, or the process died before it deleted them. */
function deleteOrphans(database: Database, bodies: BodyPlace): void {
  const owned = database.prepare<[], string>('SELECT body_name FROM batch WHERE body_name IS NOT NULL').pluck();
  const names = new Set(owned.all());
  for (const name of bodies.names()) if (!names.has(name)) bodies.delete(name);
}
