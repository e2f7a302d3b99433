/** What users install with us, and why. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const REASONS: Record<string, string> = {
  '@hono/node-server': 'serves Hono on node:http and hands us the request stream unbuffered',
  'better-sqlite3': 'the embedded profile store: synchronous, the fastest SQLite binding there is',
  'cli-progress': 'the progress bar of tpe upload',
  'cli-table3': 'tables on the terminal that know the width of CJK text',
  hono: 'routing on the web standards Request and Response',
  papaparse: 'reads CSV: quotes, BOM and delimiter detection, streaming, several times faster than its peers',
  zod: 'one schema for each set of options and for the control API',
};

it('every runtime dependency has a line of reason, and every reason a dependency', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
  expect(Object.keys(dependencies).toSorted()).toEqual(Object.keys(REASONS).toSorted());
});
