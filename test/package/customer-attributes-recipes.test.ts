/** The recipes of docs/customer-attributes.md, as they stand there, against the built command. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand, serve, stop, type ServedEmulator } from './run-command.ts';

const tpe = resolve('dist/cli.js');
const document = readFileSync('docs/customer-attributes.md', 'utf8');
const blocks = (language: string) =>
  [...document.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text]) => text!);

let directory: string;
let emulator: ServedEmulator;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-attributes-'));
  mkdirSync(join(directory, 'bin'));
  symlinkSync(tpe, join(directory, 'bin', 'tpe'));
  emulator = await serve(tpe, [
    '--memory',
    '--pace',
    'immediate',
    '--sftp-port',
    '0',
    '--watch-attributes',
    join(directory, 'drop'),
  ]);
});
afterAll(async () => {
  await stop(emulator);
  rmSync(directory, { recursive: true });
});

it('the recipes bring a file to a visitor, by hand and by SFTP', async () => {
  const [made, seen, sent, uploaded] = blocks('sh');
  const [listening = ''] = (await emulator.printed(/"listening".*\n/)).split('\n');
  const { sftp } = JSON.parse(listening) as { sftp: { port: number; knownHosts: string } };
  const script = ['set -e', made, seen, sent, uploaded, 'tpe sources show crm --json'].join('\n');
  writeFileSync(join(directory, 'recipe.sh'), script);
  const env = {
    PATH: `${join(directory, 'bin')}:${process.env['PATH']}`,
    URL: emulator.url,
    TPE_PORT: new URL(emulator.url).port,
    SFTP_PORT: String(sftp.port),
    KNOWN_HOSTS: sftp.knownHosts,
  };
  const { code, stdout, stderr } = await runCommand('/bin/bash', [join(directory, 'recipe.sh')], {
    cwd: directory,
    env,
  });
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('crm is ready; its SFTP account is demo.crm.');
  expect(stdout).toContain('crm.csv: processed; 2 rows, 2 new, 0 left out');
  expect(stdout).toContain('"crs.CRM.city":{"value":"Basel"');
  expect(stdout).toContain('"responseTokens":{"crs.CRM.tier":"gold","crs.CRM.city":"Basel"}');
  expect(stdout).toContain('"profileAttributes":{"crs.CRM.tier":{"value":"gold"');
  expect(JSON.parse(stdout.slice(stdout.lastIndexOf('\n{\n  "files"')))).toMatchObject({
    files: [
      { status: 'processed', rows: 2 },
      { name: 'crm.csv', status: 'processed' },
      { name: 'crm.csv', status: 'processed' },
    ],
  });
});

it('a file that is dropped into the folder is taken and moved', async () => {
  const dropped = blocks('sh').at(-2)!;
  expect(dropped).toContain('drop/demo.crm');
  const { code, stderr } = await runCommand('/bin/bash', ['-ec', dropped], {
    cwd: directory,
    env: { PATH: process.env['PATH']! },
  });
  expect(code, stderr).toBe(0);
  await expect.poll(() => existsSync(join(directory, 'drop', 'demo.crm', 'processed', 'crm.fin'))).toBe(true);
});

it('sources stand in the configuration, and a wrong one is told with its path', async () => {
  writeFileSync(join(directory, 'tpe.config.json'), blocks('json')[0]!);
  const served = await serve(tpe, ['--memory'], directory);
  const listed = await runCommand(tpe, ['sources', '--client', 'demo', '--url', served.url]);
  expect(listed.stdout).toMatch(/crm +CRM +demo\.crm +tier, age \(integer\)/);
  const missing = await runCommand(tpe, ['sources', 'delete', 'shop', '--client', 'demo', '--url', served.url]);
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('there is no source shop')]);
  const unknown = await runCommand(tpe, ['sources', 'show', 'shop', '--client', 'demo', '--url', served.url]);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('there is no source shop')]);
  writeFileSync(join(directory, 'bad.csv'), 'id,age\nC-1,old\n');
  const put = ['sources', 'put', 'crm', join(directory, 'bad.csv'), '--client', 'demo', '--url', served.url];
  const bad = await runCommand(tpe, put);
  expect(bad.stdout).toContain('bad.csv: failed; row 1: A value is no integer');
  expect(bad.code).not.toBe(0);
  const { stdout } = await stop(served);
  expect(stdout).toMatch(/"event":"file".*"name":"bad.csv","status":"failed".*"rule":"ca-types"/);
});
