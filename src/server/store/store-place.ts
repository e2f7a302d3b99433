/** Where a store lies, in memory or in a directory, with all that differs by it. */
import type { Database } from 'better-sqlite3';
import { type BodyPlace, fileBodies, memoryBodies } from './body-place.ts';
import { dataDirectory } from './data-directory.ts';
import { openDatabase, openDatabaseReadOnly, openMemoryDatabase } from './open-database.ts';
import { snapshotFile } from './snapshot-files.ts';
import { IN_MEMORY } from './snapshot-shelf.ts';

export interface StorePlace {
  /** For messages: the directory, or `memory`. */
  readonly name: string;
  readonly bodies: BodyPlace;
  /** The read-write connection. */
  connect(): Database;
  /** One to read with: in memory the same. */
  connectReader(): Database;
  /** Where a snapshot's copy of the database lies. */
  snapshot(id: number): string;
  /** The writer is closed: nothing stays that only lived with it. */
  end(): void;
  /** Bytes of bodies and outcomes kept of ended batches, unless told. */
  readonly retainedBytesMax: number;
}

/** A store that is gone when its writer is closed. */
export function memoryPlace(): StorePlace & { readonly database: Database } {
  const database = openMemoryDatabase();
  const bodies = memoryBodies();
  return {
    name: 'memory',
    database,
    bodies,
    connect: () => database,
    connectReader: () => database,
    snapshot: () => IN_MEMORY,
    end: () => bodies.names().forEach(bodies.delete),
    retainedBytesMax: 128 * 1024 ** 2,
  };
}

/** A directory that this process has claimed, see `claimDirectory`; in whichever thread. */
export function directoryPlace(path: string): StorePlace {
  const { database, spool, snapshots } = dataDirectory(path);
  return {
    name: path,
    bodies: fileBodies(spool),
    connect: () => openDatabase(database),
    connectReader: () => openDatabaseReadOnly(database),
    snapshot: (id) => snapshotFile(snapshots, id),
    end: () => {},
    retainedBytesMax: 1024 ** 3,
  };
}
