/** What lies where in a data directory, and that nobody else may look into it. */
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EmulatorError } from '../runtime/emulator-error.ts';

type DataDirectory = ReturnType<typeof dataDirectory>;

/** Creates nothing. */
export function dataDirectory(path: string) {
  return {
    path,
    database: join(path, 'emulator.db'),
    spool: join(path, 'spool'),
    /** There while a process keeps snapshots. */
    snapshots: join(path, 'snapshots'),
    journal: join(path, 'journal.db'),
  };
}

/**
 * Creates what is missing. A directory that was there before is narrowed too: CRM rows are personal data. One that holds
 * other things is not ours to close: `--data /tmp` would lock everybody out.
 */
export function createDataDirectory(path: string): DataDirectory {
  const directory = dataDirectory(path);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (isOpenToOthers(path) && holdsOtherThings(directory)) {
    throw new EmulatorError(
      'data-directory-unusable',
      `${path} is open to others and holds other things. Name a directory of its own, which may be one inside it.`,
    );
  }
  chmodSync(path, 0o700);
  mkdirSync(directory.spool, { recursive: true, mode: 0o700 });
  chmodSync(directory.spool, 0o700);
  return directory;
}

const isOpenToOthers = (path: string) => (statSync(path).mode & 0o077) !== 0;

function holdsOtherThings({ path, database }: DataDirectory): boolean {
  return !existsSync(database) && readdirSync(path).some((name) => !UNOWNED.test(name));
}

/** `.gitkeep` and its kind, and what a freshly made volume comes with. */
const UNOWNED = /^\.|^lost\+found$/;
