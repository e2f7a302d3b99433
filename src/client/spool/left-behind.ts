/** Rows of an upload that was killed: its directory says whose it was, and the next upload takes it away. */
import { lstat, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** What `mkdtemp` puts six characters after. */
export const SPOOL_PREFIX = 'tpe-upload-';

/** Says whose directory this is. */
export function signDirectory(directory: string): Promise<void> {
  return writeFile(join(directory, OWNER_FILE), ownerText(process.pid), { mode: 0o600 });
}

/**
 * Removes what uploads of this user and machine left in `parent` when they died. What is not signed, is another's, or
 * belongs to a process that lives is left alone, and so is what cannot be removed.
 */
export async function clearLeftBehind(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  const ours = names.filter((name) => name.startsWith(SPOOL_PREFIX) && name.length === SPOOL_PREFIX.length + 6);
  await Promise.all(ours.map((name) => clearIfDead(join(parent, name)).catch(() => undefined)));
}

async function clearIfDead(directory: string): Promise<void> {
  const stats = await lstat(directory);
  if (!stats.isDirectory() || stats.uid !== process.getuid?.()) return;
  const file = join(directory, OWNER_FILE);
  if (!(await lstat(file)).isFile()) return;
  const text = await readFile(file, 'utf8');
  const pid = Number(/^\d+/.exec(text)?.[0]);
  if (text !== ownerText(pid) || isAlive(pid)) return;
  await rm(directory, { recursive: true });
}

const OWNER_FILE = 'owner';

/** A container that shares the directory has processes of its own, and another name. */
const ownerText = (pid: number) => `${pid} ${hostname()} target-profile-emulator\n`;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
