/** Finds what the package carries beside its code, from the sources and from dist/ alike. */
import { findPackageJSON } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A file of the package, by its path from its root; an address elsewhere stays what it is. */
export const packageFile = (path: string): URL => new URL(path, pathToFileURL(findPackageJSON(import.meta.url)!));

/** A file of `samples/`. */
export const sampleFile = (name: string): URL => packageFile(`samples/${name}`);

/** The same as typed in `directory`: relative where it lies below. */
export function samplePath(name: string, directory: string): string {
  const path = fileURLToPath(sampleFile(name));
  const below = relative(directory, path);
  return below.startsWith('..') ? path : below;
}
