/** Programs that nobody wrote for the emulator, each pointed at it by its environment alone: submit, follow the link, fetch. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand, serve, stop, type ServedEmulator } from './run-command.ts';

const tpe = resolve('dist/cli.js');
const client = (file: string) => resolve('test/package/clients', file);
const missing = (command: string, args = ['--version']) =>
  spawnSync(command, args).status === 0 ? undefined : `there is no ${command} on this machine, or not all of it`;

const CLIENTS = [
  { name: 'curl', words: ['sh', client('curl.sh')], reason: missing('curl') },
  { name: 'Python urllib', words: ['python3', client('urllib_client.py')], reason: missing('python3') },
  { name: 'fetch of Node, NODE_USE_ENV_PROXY', words: [process.execPath, client('node-fetch.js')], reason: undefined },
  { name: 'undici EnvHttpProxyAgent', words: [process.execPath, client('undici-fetch.js')], reason: undefined },
  { name: 'axios', words: [process.execPath, client('axios-client.js')], reason: undefined },
  { name: 'wget', words: ['sh', client('wget.sh')], reason: missing('wget') },
  { name: 'PHP curl', words: ['php', client('curl.php')], reason: missing('php') },
  { name: 'Perl LWP', words: ['perl', client('lwp.pl')], reason: missing('perl', ['-MLWP::Protocol::https', '-e1']) },
  { name: 'Java HttpClient', words: ['java', client('Client.java')], reason: missing('java') },
] as const;

const LINKS = ['own', 'edge'] as const;
const HOSTS = { own: 'demo.tt.omtrdc.net', edge: 'mboxedge28.tt.omtrdc.net' };
const JOURNEY = (link: (typeof LINKS)[number]) =>
  new RegExp(
    `^link https://${HOSTS[link]}/m2/demo/profile/batchStatus\\?batchId=demo-[\\d-]+\nstatus complete\ntier gold\n?$`,
  );

/** curl's sed adds no line break where there was none. */
const said = (stdout: string) => stdout.replace(/complete(?=tier)/, 'complete\n');

describe.each(CLIENTS)('$name', ({ words, reason }) => {
  it.skipIf(reason !== undefined)(
    `lands at the emulator by tpe exec --as-proxy with nothing else set${reason === undefined ? '' : ` (skipped: ${reason})`}`,
    async () => {
      const before = temporary();
      for (const link of LINKS) {
        const { code, stdout } = await runCommand(tpe, ['exec', '--as-proxy', '--link-host', link, '--', ...words]);
        expect(said(stdout)).toMatch(JOURNEY(link));
        expect(code).toBe(0);
      }
      expect(temporary()).toEqual(before);
    },
  );
});

/** What `tpe exec` leaves in the temporary directory, which should be nothing. */
function temporary(): readonly string[] {
  return spawnSync('ls', [tmpdir()], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((name) => name.startsWith('tpe-ca-'));
}

describe('with https_proxy and the CA alone', () => {
  let directory: string;
  let file: string;
  let emulator: ServedEmulator;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'tpe-clients-'));
    file = join(directory, 'tpe-ca.pem');
    const data = join(directory, 'data');
    emulator = await serve(tpe, ['--data', data, '--pace', 'immediate', '--link-host', 'edge']);
    writeFileSync(file, (await runCommand(tpe, ['ca', '--url', emulator.url])).stdout);
  });
  afterAll(async () => {
    await stop(emulator);
    rmSync(directory, { recursive: true, force: true });
  });

  it.each(CLIENTS)('$name follows the link to an edge', async ({ name, words, reason }) => {
    if (reason !== undefined) return;
    const { url } = emulator;
    const env: Record<string, string> = { https_proxy: url, NO_PROXY: '', no_proxy: '', NODE_USE_ENV_PROXY: '1' };
    const trusting = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'PERL_LWP_SSL_CA_FILE'];
    for (const variable of trusting) env[variable] = file;
    writeFileSync((env['WGETRC'] = join(directory, 'wgetrc')), `ca_certificate=${file}\n`);
    writeFileSync(join(directory, 'tpe.ini'), `curl.cainfo=${file}\n`);
    env['PHP_INI_SCAN_DIR'] = `:${directory}`;
    if (name.startsWith('Java')) {
      const told = await runCommand(tpe, ['ca', '--how', '--json']);
      const { clients } = JSON.parse(told.stdout) as { clients: { client: string; lines: string[] }[] };
      const { lines } = clients.find(({ client: kind }) => kind === 'Java')!;
      const script = [...lines, `exec java ${words[1]}`].join('\n');
      const { stdout, stderr } = await runCommand('sh', ['-euc', script], { cwd: directory, env });
      expect(said(stdout), stderr).toMatch(JOURNEY('edge'));
      return;
    }
    const { code, stdout, stderr } = await runCommand(words[0], words.slice(1), { env });
    expect(said(stdout), stderr).toMatch(JOURNEY('edge'));
    expect(code).toBe(0);
  });

  it.skipIf(missing('curl') !== undefined)(
    'curl that does not trust the CA is told of in the log, and one that asks elsewhere',
    async () => {
      const env = { https_proxy: emulator.url, NO_PROXY: '', no_proxy: '', CURL_CA_BUNDLE: '', SSL_CERT_FILE: '' };
      expect((await runCommand('curl', ['-sS', 'https://demo.tt.omtrdc.net/'], { env })).code).toBe(60);
      expect(await emulator.printed(/handshake failed/)).toContain('tpe ca --how');
      const elsewhere = await runCommand('curl', ['-sS', '-v', 'https://example.com/'], { env });
      expect(elsewhere.code).toBe(56);
      expect(elsewhere.stderr).toContain('403 target-profile-emulator: example.com is not emulated');
      expect(await emulator.printed(/example\.com:443/)).toContain('"method":"CONNECT"');
    },
  );

  it.skipIf(missing('curl') !== undefined)(
    'curl speaks HTTP/2 in the tunnel, and a cut of the reply is one',
    async () => {
      const { url } = emulator;
      const env = { https_proxy: url, NO_PROXY: '', no_proxy: '', CURL_CA_BUNDLE: file };
      const target = 'https://demo.tt.omtrdc.net/m2/demo/v2/profile/batchUpdate';
      const body = ['--data-binary', 'batch=thirdPartyId,tier\nC-2,gold'];
      const whole = await runCommand('curl', ['-sS', '--http2', '-w', '%{http_version}', ...body, target], { env });
      expect(whole.stdout).toMatch(/<\/response>2$/);
      await fetch(`${url}/__emulator/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ cutReply: { afterBytes: 5 } }),
      });
      const cut = await runCommand('curl', ['-sS', '--http2', ...body, target], { env });
      expect([18, 92]).toContain(cut.code);
      await fetch(`${url}/__emulator/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
    },
  );
});

it('tpe ca says what is wrong where nothing answers, and with --how the lines for each client', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const refused = await runCommand(tpe, ['ca', '--url', `http://127.0.0.1:${port}`]);
  expect(refused).toMatchObject({ code: 5, stdout: '' });
  expect(refused.stderr).toContain(`npx --no-install tpe serve --port ${port}`);
  const { stdout } = await runCommand(tpe, ['ca', '--how']);
  for (const word of ['curl', 'export NODE_EXTRA_CA_CERTS=', 'export SSL_CERT_FILE=', 'keytool', 'Go', '.NET'])
    expect(stdout).toContain(word);
  expect(existsSync('tpe-ca.pem')).toBe(false);
});
