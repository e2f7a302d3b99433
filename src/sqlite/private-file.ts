/** A file that its owner alone can read, for rows of a CRM are personal data. */
import { closeSync, openSync } from 'node:fs';

/** Makes the file unless it is there. SQLite gives the files it lays beside a database the mode of the database. */
export function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
