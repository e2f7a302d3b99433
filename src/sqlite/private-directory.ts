/** A directory that its owner alone can look into, with every one above it that is missing. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Leaves one that is there as it is. Node's own `recursive` goes round for ever where the directory above is there and
 * the system says of the new one that something is missing, as in `/proc`.
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
