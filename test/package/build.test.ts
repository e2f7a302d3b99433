/** What is built tells nothing about where it was built. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runCommand } from './run-command.ts';

/** Every file with its bytes; what a start keeps beside them is no part of the build. */
function builtIn(directory: string): ReadonlyMap<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .filter((file) => !file.startsWith('compile-cache'));
  return new Map(files.toSorted().map((file) => [file, readFileSync(join(directory, file), 'latin1')]));
}

/** In a name a path has no slashes: chunks were once called so. */
const tells = (name: string, text: string, path: string) =>
  name.includes(`${path.replaceAll(/[\\/]/g, '_')}_`) || text.includes(path);

it('no file of the build names the folder that it was built in, in its name or in what it holds', () => {
  const files = builtIn(join(process.cwd(), 'dist'));
  expect(files.size).toBeGreaterThan(50);
  const telling = [...files].filter(([name, text]) => tells(name, text, process.cwd()));
  expect(telling.map(([name]) => name)).toEqual([]);
  expect(tells('command-_late_node_http2__home_me_src_server.cjs', '', '/home/me')).toBe(true);
});

it('a build in another folder is the same, byte for byte', { timeout: 240_000 }, async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tpe-build-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['src', 'scripts', 'samples', 'docs', 'package.json', 'tsconfig.json', 'tsconfig.build.json'])
    cpSync(part, join(folder, part), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  const { code, stderr } = await runCommand(process.execPath, ['scripts/build.js'], { cwd: folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [here, there] = [builtIn(join(process.cwd(), 'dist')), builtIn(join(folder, 'dist'))];
  expect([...there.keys()]).toEqual([...here.keys()]);
  expect([...there].filter(([file, text]) => here.get(file) !== text).map(([file]) => file)).toEqual([]);
});
