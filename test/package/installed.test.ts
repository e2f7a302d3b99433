/** The package as users install it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPackage, type InstalledPackage } from './installed-package.ts';
import { runCommand } from './run-command.ts';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
};
let installed: InstalledPackage;
beforeAll(() => {
  installed = installPackage();
});
afterAll(() => installed.remove());

describe('the installed package', () => {
  it('has what its commands and its README speak of', () => {
    const needed = [
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'dist/cli.js',
      'dist/writer-worker.js',
      'dist/THIRD-PARTY-NOTICES.txt',
      'docs/rules.md',
      'docs/api/catalogue.md',
      'samples/crm-export.csv',
      'samples/crm-profiles.ndjson',
      'samples/documented-sample.txt',
    ];
    expect(needed.filter((file) => !installed.files.includes(file))).toEqual([]);
  });

  it('carries no tests, no sources and nobody’s data', () => {
    expect(installed.files.filter((file) => /^(?:test|src|bench|\.tpe|dist\/compile-cache)\//.test(file))).toEqual([
      // docs/performance.md shows the one, CONTRIBUTING.md links the other.
      'test/conformance/README.md',
      'bench/results/growth.svg',
    ]);
  });

  it('has no link in its documents that leads out of it, unless by a full address', () => {
    const home = join(installed.directory, 'node_modules', manifest.name);
    const links = installed.files
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) =>
        [...readFileSync(join(home, file), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => ({ file, to: to! })),
      )
      .filter(({ to }) => !/^(?:https?:|#)/.test(to));
    expect(links.length).toBeGreaterThan(20);
    const missing = links.filter(({ file, to }) => !existsSync(join(home, dirname(file), to.split('#')[0]!)));
    expect(missing).toEqual([]);
  });

  it('lets no type of SQLite into what users import, and carries no declarations beyond that', () => {
    const home = join(installed.directory, 'node_modules', manifest.name);
    const types = installed.files.filter((file) => file.endsWith('.d.ts'));
    expect(types.length).toBeGreaterThan(50);
    const outside = types.flatMap((file) => {
      const imports = readFileSync(join(home, file), 'utf8').matchAll(
        /^(?:import|export) [^;]*from ['"]([^.'"][^'"]*)['"]/gm,
      );
      return [...imports].map(([, name]) => name!);
    });
    // Dependencies and peers with types of their own; Node's are the user's @types/node.
    const known = new Set(['zod', 'hono', '@hono/node-server', 'fast-check', 'vitest']);
    expect(outside.filter((name) => !name.startsWith('node:') && !known.has(name))).toEqual([]);
  });

  it('runs as a command', async () => {
    expect(await runCommand(installed.command, ['--version'])).toMatchObject({
      code: 0,
      stdout: `${manifest.version}\n`,
    });
    expect((await runCommand(installed.command, ['--help'])).stdout).toContain('Usage: tpe');
  });

  it('shows the demo from any folder, the same every time', async () => {
    const first = await runCommand(installed.command, ['demo', '--json'], { cwd: installed.directory });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect((await runCommand(installed.command, ['demo', '--json'], { cwd: installed.directory })).stdout).toBe(
      first.stdout,
    );
  });

  const EXPORTED: Readonly<Record<string, readonly string[]>> = {
    '.': ['createEmulator', 'startEmulator', 'EmulatorError'],
    './client': ['createUploader', 'isUploadError', 'checkBatchFile'],
    './sim': [],
    './testing': ['useEmulator', 'withEmulator', 'testClient'],
    './compare': ['compareVersions'],
    './package.json': [],
  };
  const IN_VITEST_ONLY = './testing/vitest';
  it.each(Object.keys(manifest.exports).filter((path) => path !== IN_VITEST_ONLY))(
    '%s can be imported, and has its names',
    (path) => {
      const names = EXPORTED[path];
      expect(names).toBeDefined();
      const specifier = path.replace('.', manifest.name);
      const attributes = path.endsWith('.json') ? ", { with: { type: 'json' } }" : '';
      const script = `console.log(JSON.stringify(Object.keys(await import('${specifier}'${attributes}))))`;
      const output = execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
        cwd: installed.directory,
        encoding: 'utf8',
      });
      const exported = JSON.parse(output) as string[];
      expect(exported.length).toBeGreaterThan(0);
      expect(exported).toEqual(expect.arrayContaining([...names!]));
    },
  );

  it(`${IN_VITEST_ONLY} can be imported where vitest runs, and has its names`, async () => {
    expect(Object.keys(manifest.exports)).toContain(IN_VITEST_ONLY);
    const file = join(installed.directory, 'node_modules', manifest.name, 'dist/testing-vitest.js');
    const exported = (await import(file)) as Readonly<Record<string, unknown>>;
    expect(Object.keys(exported)).toEqual(['emulatorTest', 'emulatorTestWith']);
  });

  it('emulator.app is an application of the consumer’s own Hono, types included', () => {
    const program = `import { Hono } from 'hono';
import { testClient } from 'hono/testing';
import { createEmulator, type Emulator } from '${manifest.name}';

const emulator: Emulator = await createEmulator();
const app = new Hono().use(async (c, next) => { await next(); c.header('x-mine', '1'); }).route('/', emulator.app);
const reply: Response = await app.request('/__emulator/health');
const { profiles } = testClient(emulator.app).rest.v1;
const fetched = await profiles[':id'].$get({ param: { id: '1' }, query: { client: 'demo' } });
console.log(JSON.stringify([emulator.app instanceof Hono, reply.status, reply.headers.get('x-mine'), fetched.status]));
await emulator.close();
`;
    const options = ['--strict', '--skipLibCheck', '--target', 'es2023', '--module', 'nodenext', '--types', 'node'];
    const [tsc, types] = ['node_modules/typescript/bin/tsc', 'node_modules/@types'].map((path) => resolve(path));
    writeFileSync(join(installed.directory, 'consumer.mts'), program);
    const run = (...given: string[]) =>
      execFileSync(process.execPath, given, { cwd: installed.directory, encoding: 'utf8' });
    expect(run(tsc!, ...options, '--typeRoots', types!, 'consumer.mts')).toBe('');
    expect(JSON.parse(run('consumer.mjs'))).toEqual([true, 200, '1', 404]);
  });

  it('has nothing that publint would warn of', async () => {
    const { messages } = await publint({ pkgDir: '.', level: 'warning', strict: true, pack: 'npm' });
    expect(messages).toEqual([]);
  });

  it('has types that resolve for everybody who can import it', () => {
    const attw = 'node_modules/.bin/attw';
    // It exits with a problem's code, and so throws here.
    const report = execFileSync(attw, [installed.tarball, '--profile', 'esm-only', '--format', 'json'], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    expect(report).toContain('"packageName"');
  });
});
