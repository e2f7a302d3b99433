/** One server a data directory: a lock that dies with its process, however that ends. */
import { readFileSync, writeFileSync } from 'node:fs';
import Sqlite, { type Database } from 'better-sqlite3';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { connect } from './connect.ts';
import type { DataDirectory } from './data-directory.ts';
import { createPrivately } from './open-database.ts';

/**
 * An open exclusive transaction on a tiny database beside the real one: the system gives the lock back when the process
 * is gone, so that there are no stale locks and no guesses about who has a pid today. The pid stands in a file of its
 * own and is only ever shown.
 */
export function lockDirectory(directory: DataDirectory, pid = process.pid) {
  createPrivately(directory.lock);
  const lock = connect(directory.lock, { timeout: 0 });
  try {
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new EmulatorError(
      'data-directory-in-use',
      `The data directory ${directory.path} is in use by ${holder(directory.lockPid)}. Stop it, or use another data directory.`,
      { cause: error },
    );
  }
  writeFileSync(directory.lockPid, `${pid}\n`, { mode: 0o600 });
  return { release: () => release(lock) };
}

function release(lock: Database): void {
  if (lock.inTransaction) lock.exec('ROLLBACK');
  lock.close();
}

function isBusy(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

function holder(pidPath: string): string {
  try {
    const pid = Number(readFileSync(pidPath, 'utf8'));
    if (Number.isSafeInteger(pid) && pid > 0) return `another server (process ${pid})`;
  } catch {
    // The first server is between locking and writing its pid.
  }
  return 'another server';
}
