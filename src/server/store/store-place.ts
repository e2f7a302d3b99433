/** Where a store lies, in memory or in a directory, with all that differs by it. */
import { statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { type BodyPlace, fileBodies, memoryBodies } from './body-place.ts';
import { dataDirectory, snapshotFile } from './data-directory.ts';
import { openDatabase, openDatabaseReadOnly, openMemoryDatabase } from './open-database.ts';
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
  /** Throws an `EmulatorError` where what was connected to is not there any more: whatever is written would be lost. */
  assertThere(): void;
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
    assertThere: () => {},
    end: () => bodies.names().forEach(bodies.delete),
    retainedBytesMax: 128 * 1024 ** 2,
  };
}

/** A directory that this process has claimed, see `claimDirectory`; in whichever thread. */
export function directoryPlace(path: string): StorePlace {
  const { database, spool, snapshots } = dataDirectory(path);
  let connected: string | undefined;
  const connect = (open: (file: string) => Database) => {
    const opened = open(database);
    connected = fileIdentity(database);
    return opened;
  };
  return {
    name: path,
    bodies: fileBodies(spool),
    connect: () => connect(openDatabase),
    connectReader: () => connect(openDatabaseReadOnly),
    assertThere() {
      if (fileIdentity(database) === connected) return;
      throw new EmulatorError(
        'data-directory-gone',
        `${path} was removed, or put elsewhere, while in use: nothing can be kept. Put it back, or start again.`,
      );
    },
    snapshot: (id) => snapshotFile(snapshots, id),
    end: () => {},
    retainedBytesMax: 1024 ** 3,
  };
}

/** Another file of the same name is another; undefined where there is none. */
function fileIdentity(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}
