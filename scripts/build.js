/** Builds dist/: one bundle an entry with shared chunks beside it, the console, and the declarations. Plain JavaScript, so that `npm ci` can run it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { buildConsole } from './build-console.js';

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

/** zod is bundled: it halves its share of a cold start. Hono is the consumer's own, or `emulator.app` would be of another Hono than theirs. What is native, large or optional stays outside as well. */
const bundled = new Set(['zod']);
const external = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !bundled.has(name));

/**
 * Each file costs a start more than its bytes do, and what several entries share would be cut into a file for every
 * combination of them. So what a command line needs, and what `tpe serve` needs, lies in one file a layer; the first that
 * matches takes the module.
 */
const CHUNKS = {
  // Without the entry, which waits for the command: what it waits for may not import it.
  command: {
    neededBy: 'src/cli/main.ts',
    where: /[\\/]src[\\/]cli[\\/](?!main\.ts$)|[\\/]node_modules[\\/]commander[\\/]/,
  },
  protocol: { neededBy: 'src/cli/commands/serve.ts', where: /[\\/]src[\\/]protocol[\\/]/ },
  zod: { neededBy: 'src/cli/commands/serve.ts', where: /[\\/]node_modules[\\/]zod[\\/]/ },
  // The writer worker needs nothing else.
  store: {
    neededBy: 'src/cli/commands/serve.ts',
    where: /[\\/]src[\\/]server[\\/](?:store|runtime|jobs)[\\/]/,
  },
  server: {
    neededBy: 'src/cli/commands/serve.ts',
    where: /[\\/]src[\\/]server[\\/]/,
  },
};

/** A module and what it imports, not counting what is loaded later. */
function modulesNeededBy(path, graph) {
  const needed = new Set();
  const add = (id) => {
    if (needed.has(id)) return;
    needed.add(id);
    for (const imported of graph.getModuleInfo(id)?.importedIds ?? []) add(imported);
  };
  add(fileURLToPath(new URL(path, root)));
  return needed;
}

/** As rolldown takes it: a function that names the chunk of a module, or leaves it to rolldown. */
function chunkGroup([name, { neededBy, where }]) {
  let needed;
  return {
    debugName: name,
    name(id, graph) {
      needed ??= modulesNeededBy(neededBy, graph);
      return where.test(id) && needed.has(id) ? name : null;
    },
  };
}

/** Whose code is in the bundle (commander's as well, a development dependency), with the licences that go along with it. */
function noticesOf(modules) {
  const packages = new Set(
    modules.flatMap((id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0] ?? []),
  );
  const notices = [...packages].toSorted().map((directory) => {
    const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    const file = readdirSync(directory).find((candidate) => /^licen[cs]e(?:\.|$)/i.test(candidate));
    if (file === undefined) throw new Error(`${name} is bundled and has no licence file.`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(directory, file), 'utf8').trim()}\n`;
  });
  return ['The files beside this one contain code of these packages.\n', ...notices].join(`\n${'-'.repeat(80)}\n\n`);
}

rmSync(new URL('dist', root), { recursive: true, force: true });
const build = await rolldown({
  cwd: fileURLToPath(root),
  input: entries,
  platform: 'node',
  external: [/^node:/, ...external.map((name) => new RegExp(`^${name}(/|$)`))],
});
const { output } = await build.write({
  dir: 'dist',
  format: 'esm',
  // Read by nobody there, and by the module loader at every start: types and sources have them.
  comments: false,
  entryFileNames: '[name].js',
  chunkFileNames: 'chunk-[name]-[hash].js',
  codeSplitting: { groups: Object.entries(CHUNKS).map(chunkGroup) },
  banner: (chunk) => (chunk.name === 'cli' && chunk.isEntry ? '#!/usr/bin/env node' : ''),
});
await build.close();
writeFileSync(
  new URL('dist/THIRD-PARTY-NOTICES.txt', root),
  noticesOf(output.flatMap((chunk) => chunk.moduleIds ?? [])),
);
chmodSync(new URL('dist/cli.js', root), 0o755);

await buildConsole(new URL('dist/console/', root));

const tsc = createRequire(import.meta.url)
  .resolve('typescript/package.json')
  .replace('package.json', 'bin/tsc');
execFileSync(process.execPath, [tsc, '-p', fileURLToPath(new URL('tsconfig.build.json', root))], { stdio: 'inherit' });
