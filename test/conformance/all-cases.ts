/** Every case of the folder, read. */
import { readdirSync, readFileSync } from 'node:fs';
import type { ConformanceCase } from './runner/case.ts';
import { parseCase } from './runner/parse-case.ts';

const folder = new URL('./cases/', import.meta.url);

/** In the order of their paths. Throws at the first one that cannot be read. */
export function allCases(): readonly ConformanceCase[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.txt'))
    .toSorted()
    .map((name) => parseCase(name, readFileSync(new URL(name, folder), 'utf8')));
}
