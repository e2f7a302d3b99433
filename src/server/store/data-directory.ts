/** What lies where in a data directory, whose directory it is, and that nobody else may look into it. */
import {
  accessSync,
  constants,
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { makePrivately } from '../../sqlite/private-paths.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';

export type DataDirectory = ReturnType<typeof dataDirectory>;

/** Creates nothing. */
export function dataDirectory(path: string) {
  return {
    path,
    /** Says whose directory this is: it is there before anything else of ours. */
    mark: join(path, '.tpe-data'),
    database: join(path, 'emulator.db'),
    spool: join(path, 'spool'),
    /** There while a process keeps snapshots. */
    snapshots: join(path, 'snapshots'),
    journal: join(path, 'journal.db'),
    /** Of its SFTP door. */
    hostKey: join(path, 'ssh-host-key'),
    lock: join(path, 'lock'),
    lockPid: join(path, 'lock.pid'),
  };
}

/**
 * Takes an empty directory for its own, or one that carries our mark; a directory that holds strangers is refused, and
 * left as it was. One that was there before is narrowed: CRM rows are personal data.
 */
export function createDataDirectory(path: string): DataDirectory {
  const directory = dataDirectory(path);
  makePrivately(path);
  if (!isMarked(directory)) refuseStrangers(path);
  refuseLinks(directory);
  narrow(path);
  writeFileSync(directory.mark, MARK, { mode: 0o600 });
  makePrivately(directory.spool);
  narrow(directory.spool);
  return directory;
}

/** Somebody has deleted it under us: whether there is one again. In a directory that is not ours any more there is none. */
export function remakeSpool(spool: string): boolean {
  if (!isMarked(dataDirectory(dirname(spool)))) return false;
  mkdirSync(spool, { mode: 0o700 });
  return true;
}

/** One that somebody else owns and we may write to, as a mounted volume with a group, keeps its mode: its files are ours alone. */
function narrow(path: string): void {
  try {
    chmodSync(path, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    accessSync(path, constants.W_OK | constants.X_OK);
  }
}

const MARK = 'A data directory of target-profile-emulator, which creates and deletes files in it.\n';

/** Whoever died while marking it had made the file, and a part of its text at most. */
function isMarked({ mark }: DataDirectory): boolean {
  return statsOf(mark)?.isFile() === true && MARK.startsWith(readFileSync(mark, 'utf8'));
}

function refuseStrangers(path: string): void {
  const [first, ...others] = readdirSync(path)
    .filter((name) => !OF_NOBODY.has(name))
    .toSorted();
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  throw new EmulatorError(
    'data-directory-unusable',
    `${path} holds what is not ours: "${first}"${more}. Name an empty directory of its own, which may be one inside it: ${join(path, 'tpe')}.`,
  );
}

/** What a freshly made volume comes with, or version control and a desktop leave in an empty directory. */
const OF_NOBODY = new Set(['lost+found', '.gitkeep', '.gitignore', '.DS_Store']);

/** Through a link we would narrow, empty or write to what lies elsewhere and is somebody else's. */
function refuseLinks({ mark, database, spool, snapshots, journal, lock, lockPid }: DataDirectory): void {
  const databases = [database, journal].flatMap((file) => [file, `${file}-wal`, `${file}-shm`]);
  for (const place of [mark, spool, snapshots, lock, lockPid, ...databases]) {
    const stats = statsOf(place);
    if (stats === undefined) continue;
    const isAsMade = place === spool || place === snapshots ? stats.isDirectory() : stats.isFile();
    if (!isAsMade) throw notAsMade(place, stats);
  }
}

const notAsMade = (place: string, stats: Stats) =>
  new EmulatorError(
    'data-directory-unusable',
    `${place} is not what we made there${stats.isSymbolicLink() ? ', but a symbolic link' : ''}. Move it out of ${dirname(place)}, or use another data directory.`,
  );

function statsOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** The files of a directory that bear a name of ours; links, directories and all other names are not looked at. */
export function ownFiles(directory: string, name: RegExp): string[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && name.test(entry.name)).map((entry) => entry.name);
}

/** Where the copy of the database that a new snapshot is lies; makes the directory. */
export function snapshotFile(directory: string, id: number): string {
  const stats = statsOf(directory);
  // Never the data directory itself, should that be gone.
  if (stats === undefined) mkdirSync(directory, { mode: 0o700 });
  else if (!stats.isDirectory()) throw notAsMade(directory, stats);
  return join(directory, `${id}.db`);
}

/** All of them, and the directory, unless somebody else has put something there. */
export function deleteSnapshots(directory: string): void {
  if (statsOf(directory)?.isDirectory() !== true) return;
  for (const name of ownFiles(directory, /^\d+\.db(?:-journal|-wal|-shm)?$/)) rmSync(join(directory, name));
  try {
    rmdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}
