/** `tpe exec` as a process: the command it runs, the code it ends with, the signals it hands on. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCommand, startCommand } from './run-command.ts';

const tpe = resolve('dist/cli.js');
const node = (script: string) => ['--', process.execPath, '--input-type=module', '-e', script];
const ASK_HEALTH = `
  const reply = await fetch(process.env.TPE_URL + '/__emulator/health');
  console.log(JSON.stringify({ health: await reply.json(), url: process.env.TPE_URL, client: process.env.TPE_CLIENT }));
`;

it('gives the command an emulator that answers and a client code, the same for the same seed, and is gone after it', async () => {
  const told = async (seed: string) => {
    const { code, stdout, stderr } = await runCommand(tpe, ['exec', '--seed', seed, ...node(ASK_HEALTH)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as { health: object; url: string; client: string };
  };
  const first = await told('7');
  expect(first).toMatchObject({ health: { status: 'ok', pace: 'immediate', seed: 7 } });
  expect((await told('7')).client).toBe(first.client);
  expect((await told('8')).client).not.toBe(first.client);
  expect((await runCommand(tpe, ['ready', '--url', first.url])).code).toBe(5);
});

it('reaches its emulator without the proxy of the surroundings, whose exceptions stay', async () => {
  const dead = 'http://127.0.0.1:9';
  const env = { http_proxy: dead, HTTP_PROXY: dead, NO_PROXY: 'corp.example', no_proxy: '' };
  const shown = node('console.log(process.env.NO_PROXY, process.env.no_proxy, process.env.http_proxy)');
  const { code, stdout } = await runCommand(tpe, ['exec', ...shown], { env });
  const list = 'corp.example,127.0.0.1,localhost,::1';
  expect([code, stdout.trim()]).toEqual([0, `${list} ${list} ${dead}`]);
});

it('is where tpe upload goes too, whatever endpoint, client code and account the surroundings have', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tpe-exec-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'crm.csv');
  await writeFile(file, 'thirdPartyId,tier\nC-1,gold\n');
  const env = { TPE_ENDPOINT: 'http://127.0.0.1:9', TPE_CLIENT: 'outer', TPE_ACCOUNT: 'prod' };
  const upload = ['--', process.execPath, tpe, 'upload', file, '--json'];
  const { code, stdout, stderr } = await runCommand(tpe, ['exec', ...upload], { env });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(JSON.parse(stdout)).toMatchObject({ state: 'done', total: { updated: 1 } });
});

it.each([
  ['its own code', node('process.exit(42)'), 42],
  [
    'the code of the signal that ended it',
    node('process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)'),
    137,
  ],
  ['127 where there is no such command', ['--', 'no-such-command-at-all'], 127],
  ['126 where it may not be run', ['--', './README.md'], 126],
  ['2 where no command is given', [], 2],
] as const)('ends with %s', async (_, words, code) => {
  expect((await runCommand(tpe, ['exec', ...words])).code).toBe(code);
});

describe('--faults', () => {
  const SUBMIT_TWICE = `
    const url = process.env.TPE_URL + '/m2/' + process.env.TPE_CLIENT + '/v2/profile/batchUpdate';
    const submit = async () => (await fetch(url, { method: 'POST', body: 'batch=thirdPartyId,tier\\nC-1,gold' })).status;
    console.log(JSON.stringify([await submit(), await submit()]));
  `;
  const FAULTS = '{"status": {"code": 502, "times": 1}}';

  it.each(['the JSON itself', 'a file', 'the environment'])('fail what the command does, given as %s', async (how) => {
    const directory = await mkdtemp(join(tmpdir(), 'tpe-exec-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, 'faults.json');
    await writeFile(file, FAULTS);
    const inEnvironment = how === 'the environment';
    const given = inEnvironment ? [] : ['--faults', how === 'a file' ? file : FAULTS];
    const env: Record<string, string> = inEnvironment ? { TPE_FAULTS: FAULTS } : {};
    expect(await runCommand(tpe, ['exec', ...given, ...node(SUBMIT_TWICE)], { env })).toMatchObject({
      code: 0,
      stdout: '[502,200]\n',
      stderr: '',
    });
  });

  it('that are wrong end with 3, each place named, and the command is never run', async () => {
    const wrong = '{"status": {"code": 200}, "thunder": {}}';
    const { code, stdout, stderr } = await runCommand(tpe, ['exec', '--faults', wrong, ...node('console.log("ran")')]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^tpe: --faults: status\.code: .*; thunder: There is no such field\.\n$/);
    const missing = await runCommand(tpe, ['exec', '--faults', 'no-such.json', ...node('console.log("ran")')]);
    expect(missing).toMatchObject({ code: 3, stdout: '', stderr: 'tpe: no-such.json: there is no such file.\n' });
  });
});

it('hands everything behind -- to the command as it stands there', async () => {
  const words = ['--json', '--port', '1', '-V', '--', "it's"];
  const { stdout } = await runCommand(tpe, [
    'exec',
    '--',
    process.execPath,
    '-e',
    'console.log(JSON.stringify(process.argv.slice(1)))',
    '--',
    ...words,
  ]);
  expect(JSON.parse(stdout)).toEqual(words);
});

// A closed terminal is told to the command as SIGTERM: it might ignore a hang-up, and outlive us.
it.each(['SIGTERM', 'SIGHUP'] as const)('hands %s on and waits for what the command makes of it', async (signal) => {
  const script = `
    process.on('SIGTERM', () => { console.log('told to stop'); process.exit(9); });
    setInterval(() => {}, 1000);
    console.log('started');
  `;
  const running = startCommand(tpe, ['exec', ...node(script)]);
  await running.printed(/started/);
  running.process.kill(signal);
  expect(await running.finished).toMatchObject({ code: 9, stdout: 'started\ntold to stop\n' });
});
