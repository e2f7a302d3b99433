/** Makes a data directory this process's own: locks it, creates and migrates what is in it, and clears what is left over. */
import type { Database } from 'better-sqlite3';
import { type BodyPlace, fileBodies } from './body-place.ts';
import { createDataDirectory } from './data-directory.ts';
import { lockDirectory } from './directory-lock.ts';
import { openDatabase } from './open-database.ts';
import { deleteSnapshots } from './snapshot-files.ts';
import { guarded } from './storage-error.ts';

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
    const lock = lockDirectory(directory);
    let database: Database | undefined;
    // Under the lock: they are this process's, or of one that died.
    const emptySnapshots = () => deleteSnapshots(directory.snapshots);
    try {
      database = openDatabase(directory.database);
      emptySnapshots();
      deleteOrphans(database, fileBodies(directory.spool));
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

/** Bodies that no batch and no file owns: their submission was cut off, or the process died before it deleted them. */
function deleteOrphans(database: Database, bodies: BodyPlace): void {
  const owned = database.prepare<[], string>('SELECT body_name FROM spooled_body').pluck();
  const names = new Set(owned.all());
  for (const name of bodies.names()) if (!names.has(name)) bodies.delete(name);
}
