/** SQLite for the emulator: where it cannot be opened at all, that is an operating error. */
import type { Database, Options } from 'better-sqlite3';
import { openSqlite, type UnusableSqlite } from '../../sqlite/open-sqlite.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';

export function connect(path: string, options: Options = {}): Database {
  return openSqlite(path, options, unusableStore);
}

export const unusableStore: UnusableSqlite = (...reason) => new EmulatorError(...reason);
