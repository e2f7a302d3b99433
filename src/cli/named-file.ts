/** Reads a file that an option names: also a pipe of the shell, `<(...)`, but no directory. */
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Problem } from './problem.ts';

/** @throws Problem for a directory, and the system's error, which names the path, for what cannot be opened. */
export function readNamedFile(path: string): Promise<string> {
  return readFile(assertNoDirectory(path), 'utf8');
}

/** A directory opens like a file, and the error of reading it says neither its name nor whose fault it is. */
export function assertNoDirectory(path: string): string {
  if (statSync(path).isDirectory()) {
    const message = `Cannot read ${path}: it is not a regular file`;
    throw new Problem(message, { reason: 'invalidInput', code: 'file-unreadable' });
  }
  return path;
}
