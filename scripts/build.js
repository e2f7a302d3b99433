/** Builds dist/: one bundle an entry with shared chunks beside it, and the declarations. Plain JavaScript, so that `npm ci` can run it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = new URL('..', import.meta.url);
const { dependencies, peerDependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

/** What users import or run; the worker is started by file name and must stand beside the others. */
const entries = {
  index: 'src/server/index.ts',
  client: 'src/client/index.ts',
  sim: 'src/sim/index.ts',
  testing: 'src/testing/index.ts',
  'testing-vitest': 'src/testing/vitest.ts',
  compare: 'src/compare/index.ts',
  cli: 'src/cli/main.ts',
  'writer-worker': 'src/server/jobs/writer-worker.ts',
};

/** zod and hono are bundled: it halves their share of a cold start. What is native, large or optional stays outside. */
const bundled = new Set(['zod', 'hono']);
const external = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !bundled.has(name));

rmSync(new URL('dist', root), { recursive: true, force: true });
const build = await rolldown({
  cwd: fileURLToPath(root),
  input: entries,
  platform: 'node',
  external: [/^node:/, ...external.map((name) => new RegExp(`^${name}(/|$)`))],
});
await build.write({
  dir: 'dist',
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunk-[name]-[hash].js',
  banner: (chunk) => (chunk.name === 'cli' && chunk.isEntry ? '#!/usr/bin/env node' : ''),
});
await build.close();
chmodSync(new URL('dist/cli.js', root), 0o755);

const tsc = createRequire(import.meta.url)
  .resolve('typescript/package.json')
  .replace('package.json', 'bin/tsc');
execFileSync(process.execPath, [tsc, '-p', fileURLToPath(new URL('tsconfig.build.json', root))], { stdio: 'inherit' });
