/** A lock that dies with its process, however that ends. */
import Sqlite from 'better-sqlite3';
import { openSqlite, type UnusableSqlite } from './open-sqlite.ts';
import { createPrivately } from './private-paths.ts';

export type ProcessLock = NonNullable<ReturnType<typeof lockFile>>;

/**
 * An open exclusive transaction on a tiny database: the system gives it back when the process is gone, so that there are
 * no stale locks and no guesses about who has a pid today. Undefined where somebody else has it.
 */
export function lockFile(path: string, unusable: UnusableSqlite) {
  createPrivately(path);
  const lock = openSqlite(path, { timeout: 0 }, unusable);
  try {
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined;
    throw error;
  }
  return {
    release(): void {
      if (lock.inTransaction) lock.exec('ROLLBACK');
      lock.close();
    },
  };
}
