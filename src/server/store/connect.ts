/** SQLite for the emulator: where it cannot be opened at all, that is an operating error. Another program's lock is waited for 5 s. */
import type { Database, Options } from 'better-sqlite3';
import { openSqlite, type UnusableSqlite } from '../../sqlite/open-sqlite.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';

export function connect(path: string, options: Options = {}): Database {
  return openSqlite(path, options, unusableStore);
}

/** What is made of a connection, which is closed where that fails. */
export function madeOf<Made>(database: Database, make: (database: Database) => Made): Made {
  try {
    return make(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

export const unusableStore: UnusableSqlite = (...reason) => new EmulatorError(...reason);
