/** On a Node that is too old, nothing native is loaded and the version needed is told: by the command and by the library. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

const NEEDS = 'target-profile-emulator needs Node 22.15 or newer, and this is Node 20.20.2.';
/** An old Node in all that can be asked of it; what happens on a real one is seen in `.ci/run`. */
const PRETEND = `
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });
  const { _load } = require('node:module');
  require('node:module')._load = (id, ...rest) => {
    if (id.endsWith('.node')) { console.log('native code was loaded'); process.exit(99); }
    return _load(id, ...rest);
  };
`;
let directory: string;
let onOldNode: (...args: readonly string[]) => ReturnType<typeof runCommand>;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-old-node-'));
  const pretend = join(directory, 'pretend.cjs');
  writeFileSync(pretend, PRETEND);
  onOldNode = (...args) => runCommand(process.execPath, ['--require', pretend, ...args]);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it.each(['serve --memory --port 0', 'exec -- true', 'demo', 'upload x.csv', '--help'])(
  'tpe %s exits 2',
  async (line) => {
    const { code, stdout, stderr } = await onOldNode(resolve('dist/cli.js'), ...line.split(' '));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(`tpe: ${NEEDS} Get one from https://nodejs.org/en/download.\n`);
  },
);

describe('the library', () => {
  const CALLS: Readonly<Record<string, string>> = {
    'index.js': 'startEmulator()',
    'testing.js': 'withEmulator({}, () => undefined)',
    'compare.js': "compareVersions('samples/documented-sample.txt')",
  };
  it.each(Object.entries(CALLS))('%s throws at its first use of the store', async (file, call) => {
    const script = `
      const { startEmulator, withEmulator, compareVersions } = await import('${resolve('dist', file)}');
      console.log(await ${call}.then(() => 'no error', ({ name, code, message }) => [name, code, message].join(' | ')));
    `;
    const { code, stdout, stderr } = await onOldNode('--input-type=module', '-e', script);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`EmulatorError | node-too-old | ${NEEDS}`);
  });

  it('client.js loads on it, and says so of the first uploader', async () => {
    // An export of Node's that an older one lacks would end the import before anything of ours is run.
    const script = `
      const { createUploader } = await import('${resolve('dist/client.js')}');
      try { createUploader({ endpoint: 'http://127.0.0.1:9', client: 'demo' }); } catch (error) { console.log(error.message); }
    `;
    const { code, stdout } = await onOldNode('--input-type=module', '-e', script);
    expect([code, stdout]).toEqual([0, `${NEEDS} Get one from https://nodejs.org/en/download.\n`]);
    for (const file of readdirSync('dist').filter((name) => name.startsWith('chunk-')))
      expect(readFileSync(join('dist', file), 'utf8')).not.toMatch(/^import \{[^}]*getCACertificates/m);
  });

  it('would be seen to load native code (canary)', async () => {
    const load = "new (require('better-sqlite3'))(':memory:')";
    expect((await onOldNode('-e', load)).code).toBe(99);
  });
});
