/** The copies of the database that snapshots are, in a directory of their own. */
import { existsSync, mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ownFiles } from './own-files.ts';

/** Where a new copy lies; makes the directory. */
export function snapshotFile(directory: string, id: number): string {
  // Never the data directory itself, should that be gone.
  if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700 });
  return join(directory, `${id}.db`);
}

/** All of them, and the directory, unless somebody else has put something there. */
export function deleteSnapshots(directory: string): void {
  if (!existsSync(directory)) return;
  for (const name of ownFiles(directory, /^\d+\.db(?:-journal|-wal|-shm)?$/)) rmSync(join(directory, name));
  try {
    rmdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}
