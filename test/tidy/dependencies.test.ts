/** What users install with us, and why. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const REASONS: Record<string, string> = {
  '@hono/node-server': 'Hono on a socket of node:http',
  'better-sqlite3': 'the embedded profile store: synchronous, the fastest SQLite binding there is',
  'cli-progress': 'the progress bar of tpe upload',
  'csv-parse': 'reads CSV lines that hold quotes: pieces, where records end and relaxed quotes, all as documented',
  fflate: 'reads zip archives as a stream: no dependencies, no scripts; Node has deflate but not the container',
  hono: 'routes and middleware, and the type of the app that users mount in their own',
  'iconv-lite': 'encodings by name: windows-1252, UTF-16 and some hundred more',
  'string-width': 'how wide a text is on the terminal, CJK and combining marks too',
  zod: 'one schema for each set of options and for the control API',
};

it('every runtime dependency has a line of reason, and every reason a dependency', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
  expect(Object.keys(dependencies).toSorted()).toEqual(Object.keys(REASONS).toSorted());
});

describe('an installation needs neither Python nor a compiler', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
    allowScripts: Record<string, boolean>;
    scripts: Record<string, string>;
  };
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { gypfile?: boolean; hasInstallScript?: boolean }>;
  };

  it('because the lock file says what npm forgets to write: better-sqlite3 brings its binaries (npm/cli#9837)', () => {
    // npm drops the line whenever it rewrites the lock file: put it back.
    expect(lock.packages['node_modules/better-sqlite3']).toMatchObject({ gypfile: false });
  });

  it('and asks nobody about scripts of ours: npm 11 would, of who installs the tarball, about one named prepare', () => {
    const asked = ['preinstall', 'install', 'postinstall', 'prepare'];
    expect(asked.filter((name) => name in manifest.scripts)).toEqual([]);
    // `npm ci` in a clone runs this one all the same.
    expect(manifest.scripts['postprepare']).toBe('npm run build');
  });

  it('and runs no script but the one that fetches the Node of the repository', () => {
    expect(manifest.allowScripts).toEqual({ 'better-sqlite3': false, 'cpu-features': false, node: true, ssh2: false });
    const withScripts = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);
    // Optional ones of the tools, which do without: `allowScripts` leaves them unrun.
    // Those of ssh2, an optional peer, are quicker ciphers only.
    const ofSsh2 = ['node_modules/ssh2', 'node_modules/cpu-features'];
    const known = new Set(['', 'node_modules/node', 'node_modules/better-sqlite3', 'node_modules/fsevents', ...ofSsh2]);
    expect(withScripts.map(([path]) => path).filter((path) => !known.has(path))).toEqual([]);
  });
});
