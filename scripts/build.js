/** Builds dist/: one bundle an entry with shared chunks beside it, the console, and the declarations. Plain JavaScript, so that `npm ci` can run it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { buildConsole } from './build-console.js';
import { lateBuiltins } from './late-builtins.js';

const root = new URL('..', import.meta.url);
const {
  dependencies,
  peerDependencies,
  exports: exported,
} = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

/** What users import. */
const LIBRARY = {
  entries: {
    index: 'src/server/index.ts',
    client: 'src/client/index.ts',
    sim: 'src/sim/index.ts',
    testing: 'src/testing/index.ts',
    'testing-vitest': 'src/testing/vitest.ts',
    compare: 'src/compare/index.ts',
    // Started by file name: it must stand beside whatever starts it, the command's files too.
    'writer-worker': 'src/server/jobs/writer-worker.ts',
  },
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunk-[name]-[hash].js',
  bundled: ['zod'],
  plugins: [],
};

/**
 * better-sqlite3 is thirteen files of CommonJS around a binary. They are bundled; the one that looks for the binary, beside
 * itself, stays where it is and is loaded with the first connection.
 */
const sqliteBinding = {
  name: 'sqlite-binding',
  load(id) {
    if (!/[\\/]better-sqlite3[\\/]lib[\\/]binding\.js$/.test(id)) return null;
    return `exports.getBinding = (given) => {
      const load = process.getBuiltinModule('node:module').createRequire(import.meta.url);
      return load(load.resolve('better-sqlite3/package.json').replace('package.json', 'lib/binding.js')).getBinding(given);
    };`;
  },
};

/**
 * What users run. Everything that `tpe serve` needs is in few files, frameworks included, and Node's own modules are taken
 * late: a start is paid hundreds of times a day.
 */
const COMMAND = {
  entries: { run: 'src/cli/run.ts' },
  // CommonJS, which `src/cli/load-compiled.ts` loads; their names change with their content, as it wants.
  format: 'cjs',
  // What stays outside is required as well: an `import()` in what `vm` runs is an experiment of Node's, and it says so.
  dynamicImportInCjs: false,
  entryFileNames: 'command-[name]-[hash].cjs',
  // A chunk of one late module is called by its id otherwise, which is a path.
  chunkFileNames: ({ name }) => `command-${name.startsWith('_late_') ? 'builtin' : name}-[hash].cjs`,
  bundled: ['zod', 'hono', '@hono/node-server', 'better-sqlite3'],
  plugins: [
    sqliteBinding,
    lateBuiltins({
      atHand: ['node:fs', 'node:path', 'node:util', 'node:buffer', 'node:url', 'node:os', 'node:events', 'node:stream'],
      late: [
        'node:http',
        'node:http2',
        'node:https',
        'node:crypto',
        'node:readline',
        'node:net',
        'node:zlib',
        'node:worker_threads',
        'node:child_process',
        'node:fs/promises',
        'node:timers/promises',
        'node:tls',
      ],
    }),
  ],
};

/** What is started: it knows the command's file by its name. */
const ENTRY = {
  entries: { cli: 'src/cli/main.ts' },
  format: 'esm',
  entryFileNames: '[name].js',
  bundled: [],
  plugins: [],
};

/**
 * Each file costs a start more than its bytes do, and what several entries share would be cut into a file for every
 * combination of them. So what every command has lies in one file, and the rest of what `tpe serve` needs in another; the
 * first that matches takes the module, and what that imports.
 */
const CHUNKS = {
  // Nothing that needs a server: of the API and of SQLite what an upload needs as well.
  line: {
    neededBy: [
      'src/client/index.ts',
      'src/client/jobs/jobs.ts',
      'src/cli/run.ts',
      'src/cli/define-command.ts',
      'src/cli/named-file.ts',
      'src/cli/package-file.ts',
      'src/cli/printed-command.ts',
    ],
    where: /[\\/](?:src[\\/](?:cli|protocol|sqlite)|node_modules[\\/](?:commander|better-sqlite3))[\\/]/,
  },
  serve: { neededBy: ['src/cli/commands/serve.ts'], where: /[\\/](?:src|node_modules)[\\/]/ },
};

/** Modules and what they import, not counting what is loaded later. */
function modulesNeededBy(paths, graph) {
  const needed = new Set();
  const add = (id) => {
    if (needed.has(id)) return;
    needed.add(id);
    for (const imported of graph.getModuleInfo(id)?.importedIds ?? []) add(imported);
  };
  for (const path of paths) add(fileURLToPath(new URL(path, root)));
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

/** A file that is all ASCII is read as it lies there; with one letter beyond, all of it is decoded and takes twice the memory. */
const asciiOnly = {
  name: 'ascii-only',
  generateBundle(_, files) {
    const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    for (const file of Object.values(files))
      if (file.type === 'chunk') file.code = file.code.replaceAll(/[^\0-\x7f]/g, escaped);
  },
};

/** Writes one side's files into dist/ and gives what they are. */
async function bundle({ entries, bundled, plugins, ...files }, define = {}) {
  const external = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !bundled.includes(name));
  const build = await rolldown({
    cwd: fileURLToPath(root),
    input: entries,
    platform: 'node',
    // Node's own need no mention: `platform` leaves them out, and a plugin may take some before that.
    external: external.map((name) => new RegExp(`^${name}(/|$)`)),
    plugins: [...plugins, asciiOnly],
    // No comment names the file of each module: the path to one outside of this folder would tell where it was built.
    experimental: { attachDebugInfo: 'none' },
    // zod asks whether this is a Cloudflare worker, and asking loads Node's navigator: 5 ms of every start.
    transform: { define: { navigator: 'undefined', ...define } },
  });
  const { output } = await build.write({
    dir: 'dist',
    ...files,
    // Read by nobody there, and by the module loader at every start: types and sources have them.
    comments: false,
    codeSplitting: { groups: Object.entries(CHUNKS).map(chunkGroup) },
    banner: (chunk) => (chunk.name === 'cli' && chunk.isEntry ? '#!/usr/bin/env node' : ''),
  });
  await build.close();
  return output;
}

rmSync(new URL('dist', root), { recursive: true, force: true });
const page = await buildConsole(new URL('dist/console/', root));
const command = await bundle(COMMAND);
const { fileName } = command.find(({ name, isEntry }) => isEntry && name === 'run');
const main = await bundle(ENTRY, { COMMAND_FILE: JSON.stringify(fileName) });
const built = [...(await bundle(LIBRARY)), ...command, ...main].flatMap(({ moduleIds }) => moduleIds ?? []);
writeFileSync(new URL('dist/THIRD-PARTY-NOTICES.txt', root), noticesOf([...built, ...page]));
chmodSync(new URL('dist/cli.js', root), 0o755);
// Beside whatever file the rulebook is bundled into.
copyFileSync(new URL('src/protocol/rules/facts.ndjson', root), new URL('dist/facts.ndjson', root));

const tsc = createRequire(import.meta.url)
  .resolve('typescript/package.json')
  .replace('package.json', 'bin/tsc');
execFileSync(process.execPath, [tsc, '-p', fileURLToPath(new URL('tsconfig.build.json', root))], { stdio: 'inherit' });
deleteUnreachableTypes();

/** tsc writes the declarations of everything it read; users get those that their entries lead to. */
function deleteUnreachableTypes() {
  const types = fileURLToPath(new URL('dist/types', root));
  const reachable = new Set();
  const add = (file) => {
    if (reachable.has(file)) return;
    reachable.add(file);
    const imports = readFileSync(file, 'utf8').matchAll(/(?:from |import\()['"](\.[^'"]+)\.[jt]s['"]/g);
    for (const [, path] of imports) add(join(dirname(file), `${path}.d.ts`));
  };
  for (const { types: entry } of Object.values(exported))
    if (entry !== undefined) add(fileURLToPath(new URL(entry, root)));
  for (const file of readdirSync(types, { recursive: true, withFileTypes: true })) {
    const path = join(file.parentPath, file.name);
    if (file.isFile() && !reachable.has(path)) rmSync(path);
  }
}
