/** What users install with us, and why. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const REASONS: Record<string, string> = {
  'better-sqlite3': 'the embedded profile store: synchronous, the fastest SQLite binding there is',
  'cli-progress': 'the progress bar of tpe upload',
  'cli-table3': 'tables on the terminal that know the width of CJK text',
  'csv-parse': 'reads CSV lines that hold quotes: pieces, where records end and relaxed quotes, all as documented',
  hono: 'routing',
  'iconv-lite': 'encodings by name: windows-1252, UTF-16 and some hundred more',
  zod: 'one schema for each set of options and for the control API',
};

it('every runtime dependency has a line of reason, and every reason a dependency', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
  expect(Object.keys(dependencies).toSorted()).toEqual(Object.keys(REASONS).toSorted());
});
