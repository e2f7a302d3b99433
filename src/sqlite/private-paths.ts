/** Files and directories that their owner alone can look into, for rows of a CRM are personal data. */
import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

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

/**
 * With every directory above it that is missing; leaves one that is there as it is. Node's own `recursive` goes round for
 * ever where the directory above is there and the system says of the new one that something is missing, as in `/proc`.
 */
export function makePrivately(directory: string): void {
  const path = resolve(directory);
  const above = dirname(path);
  if (!existsSync(above)) makePrivately(above);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}
