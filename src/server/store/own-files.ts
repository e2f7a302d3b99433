/** The files of a directory that bear a name of ours; links, directories and all other names are not looked at. */
import { readdirSync } from 'node:fs';

export function ownFiles(directory: string, name: RegExp): string[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && name.test(entry.name)).map((entry) => entry.name);
}
