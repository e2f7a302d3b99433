/** One process a job: a lock that dies with its process, however that ends. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { openSqlite } from '../../sqlite/open-sqlite.ts';
import { StateError } from '../upload-error.ts';
import { createPrivately } from './state-folder.ts';

export interface JobLock {
  release(): void;
}

/**
 * An open exclusive transaction on a tiny database in the job's folder: the system gives it back when the process is
 * gone, so that there are no stale locks. Undefined where somebody else has it.
 */
export function lockJob(folder: string): JobLock | undefined {
  const path = join(folder, 'lock');
  createPrivately(path);
  const lock = openSqlite(path, { timeout: 0 }, (_, ...message) => new StateError(...message));
  try {
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined;
    throw error;
  }
  return {
    release() {
      if (lock.inTransaction) lock.exec('ROLLBACK');
      lock.close();
    },
  };
}

/** Whether somebody works at the job now. */
export function isJobLocked(folder: string): boolean {
  if (!existsSync(join(folder, 'lock'))) return false;
  const lock = lockJob(folder);
  lock?.release();
  return lock === undefined;
}
