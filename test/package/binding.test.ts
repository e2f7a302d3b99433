/** SQLite's binding missing, or made for another machine or Node: told as what it is, with the remedy. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-binding-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What `require` of the binding's file throws. */
const BROKEN: readonly (readonly [string, string, string])[] = [
  ['is missing', 'MODULE_NOT_FOUND', "Cannot find module '/x/build/Release/better_sqlite3.node'"],
  ['was made for another Node', 'ERR_DLOPEN_FAILED', 'was compiled against NODE_MODULE_VERSION 115'],
  ['was made for another machine', 'ERR_DLOPEN_FAILED', '/x/linux-x64.node: invalid ELF header'],
];

it.each(BROKEN)('a binding that %s is an operating error', async (_, code, message) => {
  const broken = join(directory, `${message.length}.cjs`);
  const script = `
    const { _load } = require('node:module');
    require('node:module')._load = (id, ...rest) => {
      if (!id.endsWith('.node')) return _load(id, ...rest);
      throw Object.assign(new Error(${JSON.stringify(`${message}\nRequire stack:`)}), { code: '${code}' });
    };
  `;
  writeFileSync(broken, script);
  for (const args of [['--memory'], ['--data', join(directory, 'data')]]) {
    const line = ['--require', broken, resolve('dist/cli.js'), 'serve', '--port', '0', ...args];
    // oxlint-disable-next-line no-await-in-loop
    const ended = await runCommand(process.execPath, line);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(
      `under Node ${process.version}: ${message}. Delete node_modules/better-sqlite3 and run`,
    );
    expect(ended.stderr).not.toContain('bug');
  }
});
