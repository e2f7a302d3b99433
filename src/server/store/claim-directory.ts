/** Makes a data directory this process's own: locks it, creates and migrates what is in it, and clears what is left over. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { lockFile, type ProcessLock } from '../../sqlite/process-lock.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { once } from '../runtime/once.ts';
import { type BodyPlace, fileBodies } from './body-place.ts';
import { unusableStore } from './connect.ts';
import { createDataDirectory, type DataDirectory, deleteSnapshots } from './data-directory.ts';
import { openDatabase } from './open-database.ts';
import { guarded } from './storage-error.ts';

/** Throws `EmulatorError` where the directory is in use, not usable, or written by a newer release. */
export function claimDirectory(path: string) {
  return guarded(path, () => {
    const directory = createDataDirectory(path);
    const lock = lockDirectory(directory);
    let database: Database | undefined;
    let starts: string | undefined;
    // Under the lock: they are this process's, or of one that died.
    const emptySnapshots = () => deleteSnapshots(directory.snapshots);
    try {
      database = openDatabase(directory.database);
      emptySnapshots();
      recountWaiting(database);
      deleteOrphans(database, fileBodies(directory.spool));
      starts = countStart(database);
    } catch (error) {
      database?.close();
      lock.release();
      throw error;
    }
    /** The writer has its connection, or there will be none: closes the one that created and migrated. Idempotent. */
    const settle = () => void database?.close();
    /** Gives the directory back, once the writer is closed. Settles, and is idempotent. */
    const release = once(() => {
      settle();
      try {
        guarded(path, emptySnapshots);
      } finally {
        lock.release();
      }
    });
    return { starts, settle, release };
  });
}

/** A restore of an earlier build counted ended batches as waiting, and what seems to wait bounds what is taken in. */
function recountWaiting(database: Database): void {
  const waiting = "FROM batch WHERE batch.generation = client.generation AND status = 'incomplete'";
  database.exec(
    `UPDATE client SET waiting_batches = (SELECT count(*) ${waiting}), waiting_bytes = (SELECT ifnull(sum(body_bytes), 0) ${waiting})
     WHERE waiting_batches > 0`,
  );
}

/** Undefined while nothing was ever stored: chance then goes as in memory. */
function countStart(database: Database): string | undefined {
  const count = database.prepare<[], number>(
    `INSERT INTO counter SELECT 'start', 1 FROM counter WHERE name = 'generation' AND value > 0
     ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value`,
  );
  const starts = count.pluck().get();
  return starts === undefined ? undefined : `start ${starts}`;
}

/** Bodies that no batch and no file owns: their submission was cut off, or the process died before it deleted them. */
function deleteOrphans(database: Database, bodies: BodyPlace): void {
  const owned = new Set(database.prepare<[], string>('SELECT body_name FROM spooled_body').pluck().all());
  for (const name of bodies.names()) if (!owned.has(name)) bodies.delete(name);
}

/** One server a data directory. The pid stands in a file of its own and is only ever shown. */
function lockDirectory(directory: DataDirectory): ProcessLock {
  const lock = lockFile(directory.lock, unusableStore);
  if (lock === undefined) {
    throw new EmulatorError(
      'data-directory-in-use',
      `The data directory ${directory.path} is in use by ${holder(directory.lockPid)}. Stop it, or use another data directory.`,
    );
  }
  writeFileSync(directory.lockPid, `${process.pid}\n`, { mode: 0o600 });
  return lock;
}

/** Nobody is named while the first server is between locking and writing its pid. */
function holder(pidPath: string): string {
  const pid = existsSync(pidPath) ? Number(readFileSync(pidPath, 'utf8')) : 0;
  return Number.isSafeInteger(pid) && pid > 0 ? `another server (process ${pid})` : 'another server';
}
