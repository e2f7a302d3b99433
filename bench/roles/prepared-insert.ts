/** The floor: parsed rows, one prepared statement, one transaction, a keyed table with one value column. */
import { readFileSync } from 'node:fs';

export interface PreparedInsertSpec {
  readonly batchFile: string;
  readonly database: string;
}

export async function preparedInsert({ batchFile, database: path }: PreparedInsertSpec): Promise<{ seconds: number }> {
  const { default: Sqlite } = await import('better-sqlite3');
  const lines = readFileSync(batchFile, 'latin1').split('\n').slice(1, -1);
  const rows = lines.map((line): [string, string] => {
    const comma = line.indexOf(',');
    return [line.slice(0, comma), line.slice(comma + 1)];
  });
  const database = new Sqlite(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.pragma('cache_size = -65536');
  database.exec('CREATE TABLE profile (key TEXT PRIMARY KEY, value TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO profile VALUES (?, ?)');
  const startedAt = performance.now();
  database.transaction(() => {
    for (const [key, value] of rows) insert.run(key, value);
  })();
  const seconds = (performance.now() - startedAt) / 1000;
  database.close();
  return { seconds };
}
