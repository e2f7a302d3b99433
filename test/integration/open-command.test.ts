/** `tpe open`, with a program in the browser's place that writes down what it is handed. */
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { fakeContext } from '../unit/cli/fake-context.ts';
import { openEmulator, send } from './support.ts';

const TOKEN = 'secret-token-of-mine-123';

async function open(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const context = fakeContext(variables);
  const code = await runCommandLine(['open', ...args], context);
  return { code, printed: context.printed(), complained: context.complained() };
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** Resolves to the address that the program was started with; undefined while it was not. */
function browser(): () => Promise<string | undefined> {
  const directory = mkdtempSync(join(tmpdir(), 'tpe-open-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const handed = join(directory, 'handed');
  for (const name of ['xdg-open', 'open']) {
    writeFileSync(
      join(directory, name),
      `#!/bin/sh\nprintf %s "$*" > '${handed}.tmp' && mv '${handed}.tmp' '${handed}'\n`,
    );
    chmodSync(join(directory, name), 0o755);
  }
  vi.stubEnv('PATH', `${directory}${delimiter}${process.env['PATH'] ?? ''}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return () => readFile(handed, 'utf8').catch(() => undefined);
}

describe('tpe open', () => {
  it('hands the console of a running emulator to the browser, and prints its address', async () => {
    const handed = browser();
    const { url } = await openEmulator();
    expect(await open(['--url', url])).toEqual({ code: 0, printed: `${url}/__emulator/\n`, complained: '' });
    await expect.poll(handed).toBe(`${url}/__emulator/`);
    expect((await send(`${url}/`, { headers: { accept: 'text/html' } })).headers.location).toBe('__emulator/');
  });

  it('leads past the door: what the browser is handed trades the token for a cookie, and nobody else is shown it', async () => {
    const handed = browser();
    const { url } = await openEmulator({ controlToken: TOKEN });
    const { code, printed, complained } = await open(['--url', url], { TPE_CONTROL_TOKEN: TOKEN });
    expect([code, printed, complained]).toEqual([0, `${url}/__emulator/\n`, '']);
    await expect.poll(handed).toContain('/__emulator/login?token=');

    const login = await send((await handed())!);
    const [cookie = ''] = login.headers['set-cookie'] ?? [];
    expect([login.status, login.headers.location]).toEqual([303, '/__emulator/']);
    expect(cookie).not.toContain(TOKEN);
    const ask = (headers: Readonly<Record<string, string>>) => send(`${url}/__emulator/clients`, { headers });
    expect((await ask({ cookie: cookie.split(';')[0]! })).status).toBe(200);
    expect((await ask({})).status).toBe(401);
  });

  it.each([
    [{}, 'the control token is missing. Give it by --control-token or TPE_CONTROL_TOKEN; it was printed at the start.'],
    [{ TPE_CONTROL_TOKEN: 'another-token-than-that' }, 'the control token is not the one'],
  ])('says so where the door would stay shut, and opens nothing', async (variables, words) => {
    const handed = browser();
    const { url } = await openEmulator({ controlToken: TOKEN });
    const { code, printed, complained } = await open(['--url', url], variables);
    expect([code, printed]).toEqual([2, '']);
    expect(complained).toContain(words);
    expect(await handed()).toBe(undefined);
  });

  it('prints the address alone with --print, also as JSON', async () => {
    const handed = browser();
    const { url } = await openEmulator();
    expect((await open(['--url', `${url}/`, '--print'])).printed).toBe(`${url}/__emulator/\n`);
    expect(JSON.parse((await open(['--url', url, '--print', '--json'])).printed)).toEqual({
      url: `${url}/__emulator/`,
    });
    expect(await handed()).toBe(undefined);
  });

  it('says why no browser was opened, and ends well: the address is printed', async () => {
    vi.stubEnv('PATH', '/nowhere');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { url } = await openEmulator();
    const { code, printed, complained } = await open(['--url', url]);
    expect([code, printed]).toEqual([0, `${url}/__emulator/\n`]);
    expect(complained).toMatch(/^tpe: no browser was opened \(there is no \S+\): open the address yourself\.\n$/);
  });

  it('ends with 5 and the command that starts one where no emulator answers', async () => {
    const { code, complained } = await open(['--url', `http://127.0.0.1:${await closedPort()}`]);
    expect(code).toBe(5);
    expect(complained).toMatch(/nothing listens there \(ECONNREFUSED\).*Next: tpe serve --port \d+\n$/);
  });
});
