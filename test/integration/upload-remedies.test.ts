/** What an upload prints to be typed next holds in another shell as well: with its folder, its account and what was said of its exit code. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { startEmulator } from '../../src/server/index.ts';
import { fakeContext } from '../unit/cli/fake-context.ts';

let directory: string;
let crm: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-test-remedies-'));
  crm = file('crm.csv', 'id,a\nA1,1\nA2,2\n');
});
afterEach(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
}

async function tpe(args: readonly string[], variables: Record<string, string> = {}) {
  const context = fakeContext({ XDG_STATE_HOME: directory, ...variables });
  const code = await runCommandLine(args, context);
  return { code, printed: context.printed(), complained: context.complained() };
}

/** Nobody listens there. */
const NOWHERE = ['--endpoint', 'http://127.0.0.1:1', '--client', 'demo', '--id-column', 'id', '--outage-max', '0s'];
const STATE = () => `--state ${join(directory, 'tpe')}`;

describe('the whole command that is printed', () => {
  it('names the folder of jobs that a variable of this shell alone says', async () => {
    const bad = file('bad.csv', 'id,a\nA1,1\n,2\n');
    const refused = await tpe(['upload', bad, ...NOWHERE]);
    expect(refused).toMatchObject({ code: 3, complained: expect.stringContaining(STATE()) });
    const dry = await tpe(['upload', crm, '--id-column', 'id', '--dry-run']);
    expect(dry).toMatchObject({ code: 0, printed: expect.stringContaining(STATE()) });
  });

  it('names no folder that every shell finds, and the one that was said', async () => {
    const usual = { XDG_STATE_HOME: join(homedir(), '.local', 'state') };
    expect((await tpe(['upload', crm, '--id-column', 'id', '--dry-run'], usual)).printed).not.toContain('--state');
    const said = await tpe(['upload', crm, '--id-column', 'id', '--dry-run', '--state', 'here']);
    expect(said.printed).toContain('--state here');
  });

  it('is not there where outcomes can never be written: it would fail again', async () => {
    const bad = file('bad.csv', 'id,a\nA1,1\n,2\n');
    const outcomes = join(crm, 'no-folder');
    const refused = await tpe(['upload', bad, ...NOWHERE, '--on-problem', 'skip', '--outcomes', outcomes]);
    expect(refused).toMatchObject({ code: 7, complained: expect.stringMatching(/Name another directory\.\n$/) });
  });
});

describe('an account of a file that was named', () => {
  it('is printed with its file, whatever goes on', async () => {
    const accounts = { prod: { endpoint: 'http://127.0.0.1:1', client: 'demo' } };
    const config = file('night.json', JSON.stringify({ accounts }));
    const named = ['--account', 'prod', '--id-column', 'id', '--outage-max', '0s'];
    for (const [flags, variables] of [
      [['--config', config], {}],
      [[], { TPE_CONFIG: config }],
    ] as const) {
      const resumed = await tpe(['upload', crm, ...named, ...flags], variables);
      expect(resumed).toMatchObject({ code: 5 });
      expect(resumed.printed).toMatch(/--resume \S+ --state \S+ --account prod --config \S+night\.json\n/);
      const dry = await tpe(['upload', crm, ...named, ...flags, '--dry-run'], variables);
      expect(dry.printed).toContain(` --account prod --config ${config}\n`);
    }
  });

  it('is printed alone where it stands in the file of this directory', async () => {
    const accounts = { prod: { endpoint: 'http://127.0.0.1:1', client: 'demo' } };
    file('tpe.config.json', JSON.stringify({ accounts }));
    const context = { ...fakeContext({ XDG_STATE_HOME: directory }), directory };
    await runCommandLine(['upload', crm, '--account', 'prod', '--id-column', 'id', '--outage-max', '0s'], context);
    expect(context.printed()).toMatch(/--resume \S+ --state \S+ --account prod\n/);
  });
});

describe('a resumed upload', () => {
  it('knows what is no reason for exit code 4 from the command that was printed', async () => {
    const { port, close } = await startEmulator({ port: 0 });
    await close();
    const flags = [
      '--endpoint',
      `http://127.0.0.1:${port}`,
      '--client',
      'demo',
      '--id-column',
      'id',
      '--outage-max',
      '0s',
    ];
    const away = await tpe(['upload', crm, ...flags, '--api', 'v1', '--not-found-ok', '--problems-max', '0.1%']);
    expect(away.code).toBe(5);
    const [, job, resume] = /tpe upload --resume (\S+) (.*)\n/.exec(away.printed)!;
    expect(resume).toBe(`${STATE()} --not-found-ok --problems-max 0.1%`);
    const emulator = await startEmulator({ port });
    try {
      const back = await tpe(['upload', '--resume', job!, ...resume!.split(' ')]);
      expect(back).toMatchObject({ code: 0, printed: expect.stringContaining('rejected-rows') });
    } finally {
      await emulator.close();
    }
  });
});
