/** The files that were named: paths, patterns that no shell has expanded, or standard input. */
import { existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import type { OneSource, UploadSource } from '../client/index.ts';
import type { Context } from './context.ts';
import { Problem } from './problem.ts';

/** In the order they were named, those of a pattern by name. @throws Problem for a pattern that fits nothing */
export async function inputFiles(names: readonly string[], context: Context): Promise<UploadSource> {
  const sources: OneSource[] = [];
  for (const name of names) {
    if (name === '-') sources.push({ name: 'stdin', chunks: context.stdin() as AsyncIterable<Uint8Array> });
    else sources.push(...(await filesOf(name)));
  }
  return sources.length === 1 ? sources[0]! : sources;
}

async function filesOf(name: string): Promise<readonly string[]> {
  // A file may be called so.
  if (!/[*?[{]/.test(name) || existsSync(name)) return [name];
  const found: string[] = [];
  for await (const path of glob(name)) found.push(path);
  if (found.length > 0) return found.toSorted();
  throw new Problem(`No file is called like ${name}`, { reason: 'invalidInput', code: 'file-unreadable' });
}
