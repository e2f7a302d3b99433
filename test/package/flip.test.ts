/** `tpe flip` as a process: which readings a suite depends on, whether it uses our emulator or starts its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { runCommand } from './run-command.ts';

const tpe = resolve('dist/cli.js');

/** Two tests that each hold under one reading only, and one that holds under all. */
const SUITE = `
  import assert from 'node:assert/strict';
  import { test } from 'node:test';

  const submit = async (body) => {
    const base = process.env.TPE_URL + '/m2/' + process.env.TPE_CLIENT;
    const reply = await fetch(base + '/v2/profile/batchUpdate', { method: 'POST', body });
    return reply.text();
  };
  const counters = async (reply) => {
    const batchId = /batchId=([^&<]+)/.exec(reply)[1];
    await fetch(process.env.TPE_URL + '/__emulator/drain', { method: 'POST' });
    return (await fetch(process.env.TPE_URL + '/__emulator/batches/' + batchId)).json();
  };
  test('an id with a plus sign fails its row', async () => {
    assert.equal((await counters(await submit('batch=thirdPartyId,a\\na+b,1\\n'))).failedUpdates, 1);
  });
  test('a surplus cell is let go', async () => {
    assert.equal((await counters(await submit('batch=thirdPartyId,a\\nc,1,2\\n'))).successfulUpdates, 1);
  });
  test('a row is written', async () => {
    assert.equal((await counters(await submit('batch=thirdPartyId,a\\nd,1\\n'))).successfulUpdates, 1);
  });
`;

async function suiteFile(text: string): Promise<string> {
  const directory = await mkdtemp(join(resolve('node_modules'), '.flip-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'sample.test.mjs');
  await writeFile(file, text);
  return file;
}

interface FlipJson {
  readonly depends: readonly { readonly readings: readonly { readonly name: string; readonly value: unknown }[] }[];
  readonly results: readonly { readonly result: string; readonly failedTests?: number }[];
}

it('names exactly the readings that a suite depends on, with their rules', async () => {
  const file = await suiteFile(SUITE);
  const only = ['--only', 'illegalIds,surplusCells,consecutiveV2,locationHint'];
  const { code, stdout } = await runCommand(tpe, ['flip', '--json', ...only, '--', process.execPath, '--test', file]);
  expect(code).toBe(1);
  const report = JSON.parse(stdout) as FlipJson;
  expect(report.depends.flatMap(({ readings }) => readings)).toMatchObject([
    { name: 'surplusCells', value: 'fail', rules: [{ id: 'our-surplus-cells' }] },
    { name: 'illegalIds', value: 'accept', rules: [{ id: 'key-3rd-len' }, { id: 'key-3rd-chars' }] },
  ]);
  expect(report.results.map(({ result, failedTests }) => [result, failedTests])).toEqual([
    ['depends', 1],
    ['same', 0],
    ['same', 0],
    ['same', 0],
    ['depends', 1],
  ]);
});

it('reports readings that a suite sets itself as fixed, in emulators it starts and in ours', async () => {
  const file = await suiteFile(`
    import assert from 'node:assert/strict';
    import { createEmulator } from ${JSON.stringify(pathToFileURL(resolve('dist/index.js')).href)};
    const emulator = await createEmulator({ surplusCells: 'ignore' });
    const body = 'batch=thirdPartyId,a\\na+b,1,2\\n';
    const reply = await emulator.fetch(new Request('http://localhost/m2/demo/v2/profile/batchUpdate', { method: 'POST', body }));
    assert.equal(reply.status, 200);
    await emulator.drain();
    assert.equal(emulator.batches('demo')[0].failedUpdates, 1);
    await emulator.setSettings('demo', { byteOrderMark: 'tolerate' });
    await emulator.close();
  `);
  const only = ['--only', 'surplusCells,byteOrderMark,illegalIds'];
  const { code, stdout } = await runCommand(tpe, ['flip', '--json', ...only, '--', process.execPath, file]);
  expect(code).toBe(1);
  expect((JSON.parse(stdout) as FlipJson).results.map(({ result }) => result)).toEqual(['fixed', 'fixed', 'depends']);
});

it.each([
  ['reaches no emulator', ['-e', ''], 'no-emulator'],
  ['fails under the defaults already', ['-e', 'process.exit(4)'], 'fails-unflipped'],
] as const)('ends with 3 where the command %s', async (_, args, error) => {
  const { code, stdout } = await runCommand(tpe, ['flip', '--json', '--', process.execPath, ...args]);
  expect({ code, error: (JSON.parse(stdout) as { error: { code: string } }).error.code }).toEqual({ code: 3, error });
});

it('repeats a run that ends otherwise once, and calls it a flake where it then does not', async () => {
  const file = await suiteFile(`
    import { existsSync, writeFileSync } from 'node:fs';
    await fetch(process.env.TPE_URL + '/rest/v1/profiles/1?client=demo');
    const mark = new URL('ran-once', import.meta.url);
    const isFlipped = process.env.TPE_FLIP !== '';
    if (isFlipped && !existsSync(mark)) {
      writeFileSync(mark, '');
      process.exit(1);
    }
  `);
  const { code, stdout } = await runCommand(tpe, ['flip', '--json', '--only', 'body', '--', process.execPath, file]);
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as FlipJson).results.map(({ result }) => result)).toEqual(['flaky']);
});

it('refuses a reading that there is not, and tells of every run', async () => {
  const refused = await runCommand(tpe, ['flip', '--only', 'consecutive', '--', process.execPath, '-e', '']);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('There is no reading "consecutive"');
  const asks = ['-e', 'await fetch(process.env.TPE_URL + "/rest/v1/profiles/1?client=demo")'];
  const told = await runCommand(tpe, [
    'flip',
    '--only',
    'body',
    '--',
    process.execPath,
    '--input-type=module',
    ...asks,
  ]);
  expect(told.stderr).toContain('flip: 1 of 1: body: form: same');
  expect(told.stdout).toBe('Other readings tried: 1. The command depends on none of them.\n');
});
