/** What printed commands begin with, so that they work where they are printed. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { calledAs } from '../../../src/cli/environment.ts';

const root = mkdtempSync(join(tmpdir(), 'tpe-called-'));
const script = join(root, 'package/cli.js');
for (const folder of ['package', 'bin', 'other', 'a folder']) mkdirSync(join(root, folder));
for (const file of [script, join(root, 'other/tpe'), join(root, 'a folder/cli.js')])
  writeFileSync(file, '', { mode: 0o755 });
symlinkSync(script, join(root, 'bin/tpe'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const PATH = (...folders: readonly string[]) => ({ PATH: folders.map((folder) => join(root, folder)).join(':') });

it.each([
  ['tpe, where a shell finds this program under that name', PATH('empty', 'bin', 'other'), 'tpe'],
  ['its path, where a shell finds another program of that name first', PATH('other', 'bin'), './package/cli.js'],
  ['its path, where a shell finds none', PATH('empty'), './package/cli.js'],
  ['its path, where there is no PATH', {}, './package/cli.js'],
  [
    "npm's way, where npm started it: npm's path is no shell's",
    { ...PATH('bin'), npm_command: 'exec' },
    'npx --no-install tpe',
  ],
])('is %s', (_, variables, called) => {
  expect(calledAs({ script, directory: root, variables })).toBe(called);
});

it('is the whole path from a folder that it is not below, and one word for a shell', () => {
  expect(calledAs({ script, directory: join(root, 'bin'), variables: {} })).toBe(script);
  const spaced = join(root, 'a folder/cli.js');
  expect(calledAs({ script: spaced, directory: root, variables: {} })).toBe("'./a folder/cli.js'");
});

it('is npx where it is installed in the project, from every folder of it, and its path from elsewhere', () => {
  const installed = join(root, 'project/node_modules/.pnpm/x/node_modules/y/dist/cli.js');
  mkdirSync(dirname(installed), { recursive: true });
  writeFileSync(installed, '');
  const from = (folder: string) => calledAs({ script: installed, directory: join(root, folder), variables: {} });
  expect([from('project'), from('project/src')]).toEqual(['npx --no-install tpe', 'npx --no-install tpe']);
  expect([from('bin'), from('project-2')]).toEqual([installed, installed]);
});

it('is npx in a clone too, whose own package.json is above, and its path from elsewhere', () => {
  const built = join(root, 'clone/dist/cli.js');
  mkdirSync(join(root, 'clone/docs'), { recursive: true });
  mkdirSync(dirname(built));
  for (const file of [built, join(root, 'clone/package.json')]) writeFileSync(file, '');
  const from = (folder: string) => calledAs({ script: built, directory: join(root, folder), variables: {} });
  expect([from('clone'), from('clone/docs')]).toEqual(['npx --no-install tpe', 'npx --no-install tpe']);
  expect(from('bin')).toBe(built);
});

it('is tpe where nobody knows what was started', () => {
  expect(calledAs({ script: undefined, directory: root, variables: {} })).toBe('tpe');
  expect(calledAs({ script: join(root, 'gone.js'), directory: root, variables: {} })).toBe('tpe');
});
