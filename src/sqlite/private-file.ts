/** A file that its owner alone can read, for rows of a CRM are personal data. */
import { closeSync, openSync } from 'node:fs';

/** Makes the file unless something is there, and tells whether it did. SQLite gives the files it lays beside a database the mode of the database. */
export function createPrivately(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}
