/** What a start leaves for later: loading it takes as long as `node -e 0`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCommand, stop } from './run-command.ts';

/** Tells at the first line that is printed what is loaded by then, and hands the line on. */
const TELL_LOADED = `
  const { write } = process.stdout;
  process.stdout.write = function (...args) {
    process.stdout.write = write;
    const loaded = process.moduleLoadList.map((name) => name.replace(/^\\w+ /, ''));
    process.stderr.write(JSON.stringify(loaded) + '\\n');
    return write.apply(process.stdout, args);
  };
`;
// `node:fs` would ask for its streams, zod for the navigator.
const NOT_YET = [
  'internal/deps/undici/undici',
  'http2',
  'https',
  'tls',
  'crypto',
  'internal/fs/streams',
  'internal/navigator',
];

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-start-'));
  writeFileSync(join(directory, 'tell.cjs'), TELL_LOADED);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function loadedBy(...args: readonly string[]): Promise<readonly string[]> {
  const running = startCommand(process.execPath, ['--require', join(directory, 'tell.cjs'), ...args]);
  const told = await running.complained(/\n/);
  await stop(running);
  return JSON.parse(told) as readonly string[];
}

it("nothing of Node's fetch, HTTP/2, TLS, crypto, file streams or navigator is loaded before the emulator says that it listens", async () => {
  const loaded = await loadedBy(resolve('dist/cli.js'), 'serve', '--memory', '--port', '0', '--json');
  expect(loaded).toContain('http');
  for (const name of NOT_YET) expect(loaded, name).not.toContain(name);
});

it('would be seen (canary)', async () => {
  const script = "import 'node:http'; import 'node:http2'; console.log('here'); setInterval(() => {}, 1000)";
  const loaded = await loadedBy('--input-type=module', '-e', script);
  expect(loaded).toEqual(expect.arrayContaining(['internal/deps/undici/undici', 'http2', 'tls']));
});
