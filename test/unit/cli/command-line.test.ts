/** The command line as typed, without a process and without a socket. */
import { Writable } from 'node:stream';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { COMMAND_NAMES, runCommandLine } from '../../../src/cli/command-line.ts';
import { allRules } from '../../../src/protocol/rules/index.ts';
import { fakeContext } from './fake-context.ts';

async function run(args: readonly string[], variables: Readonly<Record<string, string>> = {}, input = '') {
  const context = fakeContext(variables, input);
  const code = await runCommandLine(args, context);
  return { code, printed: context.printed(), complained: context.complained() };
}

describe('tpe', () => {
  it('shows help and version on standard output, with exit code 0', async () => {
    const help = await run(['--help']);
    expect(help).toMatchObject({ code: 0, complained: '' });
    expect(help.printed).toContain('Not affiliated with Adobe');
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await run(['--version'])).toMatchObject({ code: 0, printed: `${version}\n` });
  });

  it('lists every exit code in its help', async () => {
    const { printed } = await run(['--help']);
    for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 130]) expect(printed).toMatch(new RegExp(`^ +${code}  `, 'm'));
    expect(printed.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it.each(COMMAND_NAMES)('%s has help, takes --json, and fits 80 columns', async (name) => {
    const { code, printed } = await run([name, '--help']);
    expect(code).toBe(0);
    expect(printed).toContain('--json');
    // npx hands no signal on to what it runs in the background, and what follows would ask before it listens.
    expect(printed).not.toMatch(/ & /);
    expect(printed.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it.each(COMMAND_NAMES)(
    '%s has help of 80 columns where the samples lie far away, and its examples stay whole',
    async (name) => {
      const context = { ...fakeContext(), directory: '/elsewhere' };
      await runCommandLine([name, '--help'], context);
      const tooLong = context
        .printed()
        .split('\n')
        .filter((line) => line.length > 80);
      // A path alone can be as long as it likes.
      expect(tooLong.filter((line) => line.replace(/ \\$/, '').trim().includes(' '))).toEqual([]);
      const words = (text: string) => text.split(/(?:\s|\\\n)+/).map((word) => word.replace(/^\S*(?=samples\/)/, ''));
      expect(words(context.printed())).toEqual(words((await run([name, '--help'])).printed));
    },
  );

  it.each(['check', 'upload', 'compare'])('%s names its samples in the help as they are typed there', async (name) => {
    const directory = dirname(process.cwd());
    const context = { ...fakeContext(), directory };
    await runCommandLine([name, '--help'], context);
    const named = [...context.printed().matchAll(/\S*samples\/[\w.-]+/g)].map(([path]) => path);
    expect(named).not.toEqual([]);
    for (const path of named) expect(existsSync(join(directory, path))).toBe(true);
  });

  it.each([
    [[], 'tpe: Say which command. Next: tpe --help\n'],
    [['soar'], "tpe: unknown command 'soar'. Next: tpe --help\n"],
    [['upload'], 'tpe: Name a file to upload, or a job to resume. Next: tpe upload --help\n'],
    [['serve', '--fly'], "tpe: unknown option '--fly'. Next: tpe serve --help\n"],
    [['serve', '--port', 'x'], /--port \(or TPE_PORT\) "x": .*Next: tpe serve --help$/],
    [['upload', 'crm.csv'], /--endpoint <text> is missing.*--client <text> is missing/],
    [['upload', 'x.csv', '--wait'], /unknown option '--wait': that holds unless --no-wait is given\. Next/],
    [['upload', 'x.csv', '--outage-max', '5'], /--outage-max .*"5": must be a number with ms, s, m or h, such as 15m/],
    [['upload', 'x.csv', '--only-part', 'x'], /--only-part .*: must be the number of a part/],
    [['check', 'x.csv', '--delimiter', 'ab'], /--delimiter .*"ab": must be auto, or one character/],
    [['check', 'x.csv', '--rename', 'a:b'], /--rename .*"a:b": must be from=to, several with commas between them/],
    [['check', 'x.csv', '--constants', 'a:b'], /--constants .*"a:b": must be from=to/],
    [['jobs', 'list', 'x'], /All jobs are listed: say show JOB for one\. Next: tpe jobs --help/],
    [
      ['explain', '--client', 'c', '--id', 'i', '--batch', 'b', '--row', '1'],
      /not for both\. Next: tpe explain --help/,
    ],
    [['explain', '--batch', 'b', '--row', '1', '--attribute', 'a'], /not for both/],
    [['rules', '--rule', 'v2-upser'], /no rule "v2-upser"; similar: v2-upsert/],
    [['rules', '--rule', 'v2-overide-caveat'], /similar: v2-override-caveat/],
    [['rules', '--rule', 'keyThirdLen'], /similar: key-3rd-len/],
  ])('%j is wrong usage, told in one line', async (args, line) => {
    const { code, complained } = await run(args);
    expect(code).toBe(2);
    expect(complained.trimEnd().split('\n').at(-1)).toMatch(typeof line === 'string' ? line.trimEnd() : line);
  });

  it('TPE_PORT=0 names no emulator to ask', async () => {
    const { code, complained } = await run(['ready'], { TPE_PORT: '0' });
    expect([code, complained]).toEqual([
      2,
      'tpe: TPE_PORT is 0, a free port that the emulator has taken: say where it is with --url, as it printed it.\n',
    ]);
  });

  it.each(['check', 'compare', 'demo'])(
    'tpe %s, which sends nothing, does not speak of sending when it is stopped',
    async (name) => {
      const context = fakeContext();
      context.interrupt();
      const file = name === 'demo' ? [] : ['samples/crm-export.csv', '--id-column', 'customer_id'];
      expect(await runCommandLine([name, ...file], context)).toBe(130);
      expect(context.complained()).toMatch(
        /^tpe: Interrupted before (?:the whole file was read|everything was compared)\.\n$/,
      );
    },
  );

  it('judges what the environment says like a flag', async () => {
    const { code, complained } = await run(['serve'], { TPE_PORT: '99999' });
    expect(code).toBe(2);
    expect(complained).toContain('TPE_PORT');
  });

  it('tells failures as JSON where JSON is asked for', async () => {
    const { code, printed, complained } = await run(['upload', 'crm.csv', '--json', '--client', 'demo']);
    expect(code).toBe(2);
    expect(complained).toBe('');
    expect(JSON.parse(printed)).toMatchObject({
      error: { code: 'bad-option', next: 'tpe upload --help' },
      exitCode: 2,
    });
  });

  it('exits 130 for whatever fails after Ctrl-C', async () => {
    const context = fakeContext();
    context.interrupt();
    expect(await runCommandLine(['upload', 'x', '--client', 'c', '--endpoint', 'nowhere'], context)).toBe(130);
    expect(context.complained()).toMatch(/^tpe: Interrupted: Option endpoint: it is no URL\..*\n$/);
  });

  it('status says whom to trust again in the command that goes on', async () => {
    const context = fakeContext({ TPE_TOKEN: 't', TPE_DEADLINE_MS: '5000' });
    context.interrupt();
    const link = 'http://mboxedge28.tt.omtrdc.net/m2/acme/profile/batchStatus?batchId=1';
    const trust = ['--endpoint', 'https://acme.tt.omtrdc.net', '--allow-hosts', 'a,b'];
    expect(await runCommandLine(['status', link, ...trust], context)).toBe(130);
    const next = `tpe status '${link}' --allow-hosts a,b --wait --endpoint https://acme.tt.omtrdc.net`;
    expect(context.printed()).toContain(`Next: ${next}\n`);
  });

  it('check ends with Ctrl-C even while standard input is silent', async () => {
    const context = { ...fakeContext(), stdin: () => new Readable({ read: () => undefined }) };
    const running = runCommandLine(['check', '-'], context);
    context.interrupt();
    expect(await running).toBe(130);
    expect(context.complained()).toBe('tpe: Interrupted before the whole file was read.\n');
  });

  it('names itself as npm calls it where npm started it', async () => {
    expect((await run(['soar'], { npm_command: 'exec' })).complained).toContain('Next: npx --no-install tpe --help');
  });

  it('refuses a real host without --production, and prints the command that rehearses it', async () => {
    const args = ['upload', 'x.csv', '--client', 'acme', '--endpoint', 'https://acme.tt.omtrdc.net'];
    const { code, complained } = await run(args);
    expect(code).toBe(2);
    expect(complained).toContain(
      'Say that production is meant (--production), or rehearse it with an emulator. Next: tpe upload x.csv --endpoint http://127.0.0.1:8181 --client acme\n',
    );
  });
});

describe('tpe rules', () => {
  it('prints the whole rulebook as JSON, without functions', async () => {
    const { code, printed } = await run(['rules', '--json']);
    expect(code).toBe(0);
    const rules = JSON.parse(printed) as { id: string }[];
    for (const rule of rules) {
      expect(rule).toMatchObject({
        statement: expect.stringMatching(/\.$/),
        source: expect.stringMatching(/./),
        confidence: expect.stringMatching(/./),
        versions: expect.arrayContaining([expect.any(String)]),
      });
    }
    expect(rules.map(({ id }) => id)).toEqual(allRules().map(({ id }) => id));
  });

  it('cites no file that the package does not carry', async () => {
    expect((await run(['rules', '--json'])).printed.replaceAll(/https:[^"]+/g, '')).not.toMatch(
      /"[^/"]*\b(?:test|src)\//,
    );
  });

  it('prints one rule with its contradiction and its setting', async () => {
    const { printed } = await run(['rules', '--rule', 'v2-override-caveat']);
    expect(printed).toContain('consecutiveV2');
    expect(printed).toContain('contradiction');
  });

  it('prints a table', async () => {
    expect((await run(['rules'])).printed).toContain(`${allRules().length} rules\n`);
  });
});

describe('tpe generate', () => {
  it('writes the same rows for the same seed', async () => {
    const args = ['generate', '--rows', '2000', '--seed', '9'];
    const { printed } = await run(args);
    expect(printed.split('\n')).toHaveLength(2002);
    expect((await run(args)).printed).toBe(printed);
  });

  it('ends with 130 at Ctrl-C although its output takes every block at once, as a file does', async () => {
    const context = fakeContext();
    let bytes = 0;
    const file = Object.assign(new Writable(), {
      write: (block: string) => {
        bytes += block.length;
        return true;
      },
    });
    setImmediate(context.interrupt);
    const args = ['generate', '--rows', '200000'];
    expect(await runCommandLine(args, { ...context, stdout: file })).toBe(130);
    expect(bytes).toBeLessThan(5_000_000);
  });

  it('writes profiles of the same customers', async () => {
    const { printed } = await run(['generate', '--rows', '20', '--what', 'profiles', '--client', 'acme']);
    expect(printed).toMatch(/^\{"client":"acme","thirdPartyId":"C-\d{8}"/);
  });
});

describe('tpe check', () => {
  it('finds nothing wrong with the sample of the documentation', async () => {
    const { code, printed } = await run(['check', 'samples/documented-sample.txt']);
    expect(code).toBe(0);
    expect(printed).toContain('fine: 4 data rows, 0 would fail');
  });

  it('key-3rd-chars: names row, column and rule of a row that would fail, with exit code 4', async () => {
    const { code, printed } = await run(['check', '-'], {}, 'batch=thirdPartyId,a\nC-1,x\nC%2F2,y\n');
    expect(code).toBe(4);
    expect(printed).toMatch(/fails +stdin, data row 2, column 1: .*\(key-3rd-chars\)/);
    expect(printed).toContain('faulty: 2 data rows, 1 would fail');
  });

  it('our-surplus-cells: judges by the reading it is told', async () => {
    const body = 'batch=pcId,a\n1,x,y\n';
    expect((await run(['check', '-'], {}, body)).code).toBe(0);
    expect((await run(['check', '-', '--surplus-cells', 'fail'], {}, body)).code).toBe(4);
  });

  it('hdr-key-first: says why the API would refuse a file, with exit code 3', async () => {
    const { code, printed } = await run(['check', '-', '--json'], {}, 'batch=email,a\nx,y\n');
    expect(code).toBe(3);
    expect(JSON.parse(printed)).toMatchObject({ kind: 'refused', rejection: { rule: 'hdr-key-first' } });
  });

  it('names a file that is not there', async () => {
    const { code, complained } = await run(['check', 'nowhere.txt']);
    expect(code).toBe(3);
    expect(complained).toBe('tpe: Cannot read nowhere.txt: there is no such file.\n');
  });

  it('says of a real host what an upload does, and nothing that is not so', async () => {
    const host = ['--client', 'acme', '--endpoint', 'https://acme.tt.omtrdc.net', '--state', 'off'];
    const { code, complained } = await run(['upload', 'samples/documented-sample.txt', ...host]);
    expect(code).toBe(2);
    expect(complained).toContain('an upload there changes real profiles, and this API cannot take it back.');
    expect(complained).toMatch(
      /Next: tpe upload samples\/documented-sample\.txt .*--endpoint http:\/\/127\.0\.0\.1:8181/,
    );
  });

  const mapped = ['--id-column', 'customer_id', '--map', 'docs'];
  const sent = ['--client', 'demo', '--endpoint', 'http://127.0.0.1:9', '--state', 'off'];
  it.each([
    ['check', 'docs'],
    ['compare', 'docs'],
    ['upload', 'docs', ...sent],
    ['check', 'samples/crm-export.csv', ...mapped],
    ['compare', 'samples/crm-export.csv', ...mapped],
    ['compare', 'samples/documented-sample.txt', '--profiles', 'docs'],
    ['upload', 'samples/crm-export.csv', ...mapped, ...sent],
    ['exec', '--profiles', 'docs', '--', 'true'],
    ['exec', '--faults', 'docs', '--', 'true'],
    ['serve', '--profiles', 'docs', '--memory', '--port', '0'],
    ['serve', '--faults', 'docs', '--memory', '--port', '0'],
  ])('says of a directory that it is no file, and not that this is a bug: %s %s %s %s %s', async (...args) => {
    const { code, printed, complained } = await run(args);
    expect({ code, printed }).toEqual({ code: 3, printed: '' });
    expect(complained).toMatch(/^tpe: Cannot read docs: it is a directory, not a file\.\n$/);
  });
});
