/** What somebody sees who mistypes: one line that is true, and a command that works when it is typed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { startEmulator } from '../../src/server/index.ts';
import { fakeContext } from '../unit/cli/fake-context.ts';
import { openEmulator } from './support.ts';

async function tpe(...args: readonly string[]) {
  const context = fakeContext();
  const code = await runCommandLine(args, context);
  return { code, complained: context.complained(), printed: context.printed() };
}

it('an emulator says what fetch and takeFiles take', async () => {
  const emulator = await openEmulator();
  for (const given of [5, undefined, 'http://localhost/'])
    await expect(emulator.fetch(given as never)).rejects.toThrow('Must be a Request');
  for (const given of [5, undefined, ''])
    await expect(emulator.takeFiles(given as never)).rejects.toThrow('Must be the path of a folder');
});

describe('tpe serve', () => {
  const noHosts = ['*', '10.0.0.0/8', '*.test', 'http://crm.test', 'crm.test/path'];
  it.each(noHosts)('refuses --allow-host %s, which would let nobody in', async (host) => {
    const { code, complained } = await tpe('serve', '--memory', '--port', '0', '--allow-host', host);
    expect(code).toBe(2);
    expect(complained).toMatch(/^tpe: --allow-host .*: Must be host names, each in full: no pattern.*\n$/);
  });

  it.each(['crm.test', 'crm.test:8080', 'my_host', 'fd00::2', '[fd00::2]:80', '10.1.2.3', 'CRM.Test.'])(
    'takes %s for a host',
    async (host) => {
      const emulator = await startEmulator({ allowHost: [host] });
      expect(emulator.options.allowHost).toEqual([host]);
      await emulator.close();
    },
  );

  it.each([
    ['--port', '80', ': ports below 1024 are for the administrator. Choose another with --port.', '--port 0'],
    ['--port', '8181', '. Choose another with --port.', '--port 0'],
  ])('says of %s %s that it may not be taken, and prints a call that works', async (flag, port, words, next) => {
    vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server) {
      const error = Object.assign(new Error(`listen EACCES: permission denied 127.0.0.1:${port}`), { code: 'EACCES' });
      setImmediate(() => this.emit('error', error));
      return this;
    });
    onTestFinished(() => void vi.restoreAllMocks());
    const { code, complained } = await tpe('serve', '--memory', flag, port);
    expect(code).toBe(2);
    expect(complained).toBe(
      `tpe: Port ${port} of 127.0.0.1 may not be taken by you${words} Next: tpe serve ${next} --memory\n`,
    );
  });

  it('ends where its directory cannot be made', async () => {
    const { code, complained } = await tpe('serve', '--port', '0', '--data', '/proc/nope');
    expect(code).toBe(2);
    expect(complained).toMatch(
      /^tpe: Cannot write to \/proc\/nope .* Next: tpe serve --port 0 --data ANOTHER_DIRECTORY\n$/,
    );
  });
});

describe('tpe status', () => {
  it.each(['nope', 'demo-1767225600000-12345678', 'ftp://h/x', 'http://'])('takes %s for no link', async (text) => {
    const { code, complained } = await tpe('status', text);
    expect(code).toBe(2);
    expect(complained).toBe(
      `tpe: "${text}" is no status link: give the whole address that the submission was answered with, in quotes. Next: tpe status --help\n`,
    );
  });
});

describe('tpe check', () => {
  it('knows an export when it sees one, and names the option that says which column holds the id', async () => {
    const { code, complained } = await tpe('check', 'samples/crm-export.csv');
    expect(code).toBe(3);
    expect(complained).toContain('No column is called thirdPartyId or pcId.');
    expect(complained).toContain('Name the column that holds the visitor id with --id-column, or correct the file.');
    const mistyped = await tpe('check', 'samples/crm-export.csv', '--id-column', 'costumer_id');
    expect(mistyped.complained).toMatch(/No column is called "costumer_id"[^]*with --id-column, or correct the file/);
    const { complained: rows } = await tpe('check', 'samples/crm-export.csv', '--id-column', 'customer_id');
    expect(rows).toContain('key-3rd-chars');
  });
});

describe('a question to an emulator', () => {
  it('says that no TLS is spoken where https was asked of a port of http, and what to ask', async () => {
    const { url } = await openEmulator();
    const { code, complained } = await tpe('ready', '--url', url.replace('http:', 'https:'));
    expect(code).toBe(5);
    expect(complained).toContain(`is not ready: no TLS is spoken there: ask ${url} (`);
  });

  it('says that a certificate is not trusted, and how it comes to be', async () => {
    const emulator = await startEmulator({ tlsPort: 0 });
    onTestFinished(() => emulator.close());
    const { complained } = await tpe('ready', '--url', emulator.tlsUrl!);
    expect(complained).toMatch(
      /its certificate is not trusted: name the file of its CA in NODE_EXTRA_CA_CERTS \(tpe ca --how\)/,
    );
  });

  it('says that no host has a name', async () => {
    const { code, complained } = await tpe(
      'explain',
      '--url',
      'http://nobody.invalid',
      '--client',
      'demo',
      '--id',
      '1',
    );
    expect([code, complained]).toEqual([5, expect.stringMatching(/no host has this name \((?:ENOTFOUND|EAI_AGAIN)\)/)]);
  });
});

describe('tpe upload --on-problem skip', () => {
  it('names the rows it left out; a job that goes on says of what kind they were', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tpe-left-out-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const emulator = await startEmulator();
    onTestFinished(() => emulator.close());
    emulator.faults.set({ refuse: { times: 1 } }, 'demo');
    const file = join(directory, 'crm.csv');
    writeFileSync(file, 'customer_id,tier\nC-1,gold\nC-2/x,gold\n');
    const args = [
      'upload',
      file,
      '--id-column',
      'customer_id',
      '--on-problem',
      'skip',
      '--state',
      join(directory, 'state'),
    ];
    const first = await tpe(...args, '--client', 'demo', '--endpoint', emulator.url);
    expect(first.printed).toContain(`1 row left out:\n${file}:3:1: The thirdPartyId "C-2/x" contains "/"`);
    expect(first.printed).not.toContain('more');
    const again = await tpe('upload', '--resume', '--state', join(directory, 'state'));
    expect([again.code, again.printed]).toEqual([
      4,
      expect.stringContaining('1 row left out: 1 problem (1 id-characters).\n'),
    ]);
  });
});

it('the emulator asked for its root leads to the console, whoever asks', async () => {
  const emulator = await openEmulator();
  const page = await emulator.fetch(new Request('http://localhost/', { headers: { accept: 'text/html' } }));
  expect([page.status, page.headers.get('location')]).toEqual([302, '__emulator/']);
  const curl = await emulator.fetch(new Request('http://localhost/', { headers: { accept: '*/*' } }));
  expect([curl.status, await curl.text()]).toEqual([404, expect.stringContaining('The console is at /__emulator/.')]);
});
