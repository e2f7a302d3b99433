/** How large a stopped server's database is once nothing of it waits in the write-ahead log. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';

export function databaseBytesOf(data: string): number {
  const path = join(data, 'emulator.db');
  const database = new Sqlite(path);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
  return statSync(path).size;
}
