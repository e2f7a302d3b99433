/** A comparison as one page with everything in it: it opens from a file, without network, and asks nobody. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Comparison } from '../compare/index.ts';
import type { Context } from './context.ts';
import { packageFile } from './package-file.ts';
import { Problem } from './problem.ts';

/** `-` writes to standard output. */
export async function writeComparisonPage(file: string, comparison: Comparison, context: Context): Promise<void> {
  const page = comparisonPage(comparison);
  if (file === '-') {
    context.stdout.write(page);
    return;
  }
  try {
    // Personal data: for nobody but who asked.
    await writeFile(resolve(context.directory, file), page, { mode: 0o600 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Problem(`Cannot write ${file}: ${why}`, { reason: 'usage', code: 'page-not-written' });
  }
  context.stderr.write(`tpe: ${file} has the same as a page; open it in a browser.\n`);
}

/** What the build makes of it, filled in. Inside a script element the data must not end it, nor begin a comment. */
export function comparisonPage(comparison: Comparison): string {
  const json = JSON.stringify(comparison).replaceAll('<', String.raw`\u003c`);
  try {
    return readFileSync(packageFile('dist/console/comparison.html'), 'utf8').replace('COMPARISON', () => json);
  } catch (cause) {
    const message = 'The page of a comparison is not built: run npm run build';
    throw new Problem(message, { reason: 'usage', code: 'not-built', cause });
  }
}
