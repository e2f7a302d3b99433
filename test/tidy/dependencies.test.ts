/** What users install with us, and why. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const REASONS: Record<string, string> = {
  '@hono/node-server': 'Hono on a socket of node:http',
  'better-sqlite3': 'the embedded profile store: synchronous, the fastest SQLite binding there is',
  'cli-progress': 'the progress bar of tpe upload',
  'cli-table3': 'tables on the terminal that know the width of CJK text',
  hono: 'routes and middleware, and the type of the app that users mount in their own',
  papaparse: 'reads CSV: quotes, BOM and delimiter detection, streaming, several times faster than its peers',
  zod: 'one schema for each set of options and for the control API',
};

it('every runtime dependency has a line of reason, and every reason a dependency', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
  expect(Object.keys(dependencies).toSorted()).toEqual(Object.keys(REASONS).toSorted());
});
