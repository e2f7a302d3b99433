/** What lies where in a data directory, and that nobody else may look into it. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

export interface DataDirectory {
  readonly path: string;
  readonly database: string;
  readonly spool: string;
  readonly journal: string;
}

/** Creates nothing. */
export function dataDirectory(path: string): DataDirectory {
  return { path, database: join(path, 'emulator.db'), spool: join(path, 'spool'), journal: join(path, 'journal.db') };
}

/** Creates what is missing. A directory that was there before is narrowed too: CRM rows are personal data. */
export function createDataDirectory(path: string): DataDirectory {
  const directory = dataDirectory(path);
  for (const each of [directory.path, directory.spool]) {
    mkdirSync(each, { recursive: true, mode: 0o700 });
    chmodSync(each, 0o700);
  }
  return directory;
}
