/** `tpe upload --dry-run` and `tpe check` over files as they come: they need neither client nor endpoint. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../../src/cli/command-line.ts';
import { fakeContext } from './fake-context.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tpe-test-input-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function file(name: string, text: string | Uint8Array): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

async function tpe(args: readonly string[], { input = '', ...variables }: Record<string, string> = {}) {
  const context = fakeContext(variables, input);
  const code = await runCommandLine(args, context);
  return { code, printed: context.printed(), complained: context.complained() };
}

const CSV = 'id,"a, b",note\nA1,1,NULL\nB2,2,\n';

describe('tpe upload --dry-run', () => {
  it('needs neither client nor endpoint, which an upload does', async () => {
    const path = await file('crm.csv', CSV);
    const dry = await tpe(['upload', path, '--id-column', 'id', '--dry-run']);
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.printed).toContain('warning  note, 1 row (line 2): The value is the word null.');
    expect(dry.printed).toContain(
      `Nothing was sent. Next: tpe upload ${path} --endpoint http://127.0.0.1:8181 --client demo --id-column id`,
    );
    const real = await tpe(['upload', path, '--id-column', 'id']);
    expect(real.code).toBe(2);
    expect(real.complained).toContain('--endpoint');
  });

  it('with a bad row, the printed command is a dry run again', async () => {
    const path = await file('crm.csv', 'id,a\nA1,1\n,2\n');
    const dry = await tpe(['upload', path, '--id-column', 'id', '--dry-run']);
    expect(dry.code).toBe(3);
    expect(dry.complained).toContain(`Next: tpe upload ${path} --id-column id --on-problem skip --dry-run\n`);
    const json = await tpe(['upload', path, '--id-column', 'id', '--dry-run', '--json']);
    const next = [`tpe upload ${path} --id-column id --on-problem skip --dry-run --json`];
    expect(JSON.parse(json.printed)).toMatchObject({ next });
  });

  it('of standard input, the printed command says that it wants its input again', async () => {
    const bad = await tpe(['upload', '-', '--id-column', 'id', '--dry-run'], { input: 'id,a\nA1,1\n,2\n' });
    const again = 'Next: pipe the same input into: tpe upload - --id-column id --on-problem skip --dry-run\n';
    expect(bad.complained).toContain(again);
    const good = await tpe(['upload', '-', '--id-column', 'id', '--dry-run'], { input: 'id,a\nA1,1\n' });
    expect(good.printed).toMatch(/Nothing was sent\. Next: pipe the same input into: tpe upload - .*--id-column id\n$/);
    const checked = await tpe(['check', '-', '--id-column', 'id'], { input: 'id,a\n,2\n' });
    expect(checked.complained).toContain('Next: pipe the same input into: tpe check - --id-column id');
  });

  it.each([
    ['--rename', 'a=x,a=y'],
    ['--rename', '__proto__=x'],
    ['--constants', 's=1,"s"=2'],
    ['--constants', 's=1,t'],
  ])('half of %s %s is not left undone', async (flag, text) => {
    const path = await file('crm.csv', 'id,a\nA1,1\n');
    const given = ['upload', path, '--id-column', 'id', '--dry-run', flag, text];
    const { code, complained } = await tpe(given);
    expect([code, complained]).toEqual([2, expect.stringContaining(`${JSON.stringify(text)}: must be from=to, `)]);
    const typedTwice = text.split(',').flatMap((part) => [flag, part]);
    expect((await tpe([...given.slice(0, -2), ...typedTwice])).code).toBe(2);
    const variable = { [`TPE_${flag.slice(2).toUpperCase()}`]: text };
    expect((await tpe(given.slice(0, -2), variable)).code).toBe(2);
  });

  it.each([
    ['{"rename":{"a":"x","a":"y"}}', 'the key "a" stands twice in one object: which is meant?'],
    ['{"drop":["a"],"drop":[]}', 'the key "drop" stands twice in one object'],
    ['{"constants":{"__proto__":"2"}}', 'no key may be called __proto__'],
  ])('a file of --map is not read by half: %s', async (text, message) => {
    const path = await file('crm.csv', 'id,a\nA1,1\n');
    const given = ['upload', path, '--id-column', 'id', '--dry-run', '--map', await file('map.json', text)];
    const { code, complained } = await tpe(given);
    expect([code, complained]).toEqual([3, expect.stringContaining(message)]);
  });

  it('understands mbox3rdPartyId as what the id is', async () => {
    const path = await file('crm.csv', 'id,a\nA1,1\n');
    const { printed } = await tpe(['upload', path, '--id-column', 'id', '--id-kind', 'mbox3rdPartyId', '--dry-run']);
    expect(printed).toContain('id: id as thirdPartyId');
  });

  it.each([
    ['upload', '--dry-run'],
    ['check', '--strict'],
  ])(
    'of %s names the option that does not fit a batch file, and the variable that may have been it',
    async (...args) => {
      const path = await file('batch.txt', 'batch=pcId,a\n1,x\n');
      const { code, complained } = await tpe([...args, path], { TPE_ID_COLUMN: 'id', TPE_TRIM: '1' });
      expect(code).toBe(3);
      expect(complained).toContain('Leave out --id-column, --trim, or unset TPE_ID_COLUMN, TPE_TRIM.');
      expect(complained).toMatch(/Correct the option, or the file\.\n$/);
    },
  );

  it('sends back to the option where it names no column of the file', async () => {
    const path = await file('crm.csv', 'id,a\nA1,1\n');
    for (const wrong of [['--id-column', 'no'], ['--id-column', 'id', '--drop', 'no'], []]) {
      const { complained } = await tpe(['upload', path, ...wrong, '--dry-run']);
      expect(complained).toMatch(
        wrong.includes('--drop')
          ? /Correct the option, or the file\.\n$/
          : /Name the column that holds the visitor id with --id-column, or correct the file\.\n$/,
      );
    }
  });

  it('tells the words that a switch in the environment takes', async () => {
    const path = await file('crm.csv', 'id,a\nA1,1\n');
    const { code, complained } = await tpe(['upload', path, '--dry-run'], { TPE_WAIT: '30' });
    expect(code).toBe(2);
    expect(complained).toContain('--no-wait (or TPE_WAIT) "30": must be true, 1, false or 0');
  });

  it('names the command that has the flag of a warning', async () => {
    const path = await file('crm.csv', 'id,a\nA1,"x,y"\n');
    const { printed } = await tpe(['upload', path, '--id-column', 'id', '--dry-run']);
    expect(printed).toContain('try the other: tpe serve --body form.');
  });

  it('tpe compare prints its switches again', async () => {
    const path = await file('crm.csv', 'id,a\nA1,1\n,2\n');
    const { complained } = await tpe(['compare', path, '--id-column', 'id', '--all', '--html', 'a b.html']);
    expect(complained).toContain(
      `Next: tpe compare ${path} --html 'a b.html' --all --id-column id --on-problem skip\n`,
    );
  });

  it('takes names in double quotes, with commas and equals signs in them', async () => {
    const path = await file('crm.csv', 'id,"a, b","x=y"\nA1,1,2\n');
    const args = ['upload', path, '--id-column', 'id', '--dry-run'];
    const dropped = await tpe([...args, '--drop', '"a, b","x=y"']);
    expect(dropped.printed).toContain('As sent:\n  batch=thirdPartyId\n');
    const renamed = await tpe([...args, '--rename', '"a, b"=ab,"x=y"="x,y"']);
    expect(renamed.printed).toContain('batch=thirdPartyId,ab,x%2Cy\n');
    expect(renamed.printed).toContain(`--rename '"a, b"=ab,"x=y"="x,y"'`);
  });

  it('reads several files and patterns, in order', async () => {
    await file('b.csv', 'thirdPartyId,a\nB2,2\n');
    await file('a.csv.gz', gzipSync('thirdPartyId,a\nA1,1\n'));
    const c = await file('c.ndjson', '{"thirdPartyId":"C3","a":3}\n');
    const { code, printed } = await tpe(['upload', join(directory, '*.csv*'), c, '--dry-run', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(printed)).toMatchObject({
      exitCode: 0,
      rows: 3,
      sample: ['batch=thirdPartyId,a', 'A1,1', 'B2,2', 'C3,3'],
    });
    const none = await tpe(['upload', join(directory, '*.tsv'), '--dry-run']);
    expect(none).toMatchObject({ code: 3, complained: expect.stringContaining('*.tsv') });
  });

  it('takes its mapping from a file, flags winning', async () => {
    const map = await file(
      'map.json',
      JSON.stringify({ idColumn: 'id', rename: { 'a, b': 'ab' }, nulls: ['NULL'], constants: { source: 'crm' } }),
    );
    const path = await file('crm.csv', CSV);
    const { printed } = await tpe(['upload', path, '--map', map, '--constants', 'source=web', '--dry-run']);
    expect(printed).toContain('As sent:\n  batch=thirdPartyId,source,ab,note\n  A1,web,1\n  B2,web,2\n');
    expect(printed).toMatch(
      /Next: tpe upload \S+ --endpoint \S+ --client demo --constants source=web --map \S+map\.json\n$/,
    );
  });

  it.each([
    ['{"renames":{}}', /renames: There is no such field \(did you mean rename\?\)/],
    ['{"rename":{"a":1}}', /rename\.a/],
    ['{"drop":', /it is not JSON/],
    ['[]', /expected object/],
  ])('names what is wrong with the mapping file %s', async (text, message) => {
    const map = await file('map.json', text);
    const { code, complained } = await tpe(['upload', 'x.csv', '--map', map, '--dry-run']);
    expect(code).toBe(3);
    expect(complained).toMatch(message);
    expect((await tpe(['upload', 'x.csv', '--map', join(directory, 'none'), '--dry-run'])).code).toBe(3);
  });

  it('with --strict warnings are problems, and exit with 3', async () => {
    const { code, complained } = await tpe(['upload', '-', '--id-column', 'id', '--strict', '--dry-run'], {
      input: CSV,
    });
    expect(code).toBe(3);
    expect(complained).toContain('stdin:2: The value is the word null.');
  });

  it('offers --trim where that is all that is wrong, and the command works as printed', async () => {
    const path = await file('crm.csv', 'thirdPartyId, "a"\n A1,x\n');
    const refused = await tpe(['upload', path, '--dry-run']);
    expect(refused).toMatchObject({ code: 3, complained: expect.stringContaining(`${path}:1:2: `) });
    const next = /Next: tpe (.*)\n$/.exec(refused.complained)![1]!;
    const trimmed = await tpe([...next.split(' '), '--dry-run']);
    expect(trimmed.printed).toContain('batch=thirdPartyId,a\n  A1,x\n');
  });
});

describe('tpe check', () => {
  it('knows an export when it sees one, and judges it as an upload would', async () => {
    const path = await file('crm.csv', 'thirdPartyId,a\nA1,x\nB/2,y\n');
    const refused = await tpe(['check', path]);
    expect(refused).toMatchObject({ code: 3, complained: expect.stringContaining(`${path}:3:1: `) });
    const skipped = await tpe(['check', path, '--on-problem', 'skip']);
    expect(skipped).toMatchObject({ code: 0, printed: expect.stringContaining('1 row would be left out') });
    expect(skipped.printed).toMatch(/This is what tpe upload would send\.\n$/);
    const json = await tpe(['check', '-', '--json'], { input: '{"thirdPartyId":"A1","a":1}\n' });
    expect(JSON.parse(json.printed)).toMatchObject({ kind: 'plan', format: 'ndjson', input: 'stdin', rows: 1 });
  });

  it('knows a batch file when it sees one, also from standard input, and warns of what was hardly meant', async () => {
    const batch = 'batch=thirdPartyId,a\nA1,"x"\nB2,%2525\n';
    for (const args of [
      ['check', await file('b.txt', batch)],
      ['check', '-'],
    ]) {
      const { code, printed } = await tpe(args, { input: batch });
      expect(code).toBe(0);
      expect(printed).toMatch(/our-quoted-cell +1 +data row 1, column 2[^]*our-encoded-twice +1 +data row 2, column 2/);
      expect(printed).toContain('fine: 2 data rows');
      expect((await tpe([...args, '--strict'], { input: batch })).code).toBe(3);
    }
  });

  it('refuses what is neither', async () => {
    const { code, complained } = await tpe(['check', await file('x.xlsx', 'PK\u0003\u0004...')]);
    expect(code).toBe(3);
    expect(complained).toContain('.xlsx');
    expect((await tpe(['check', join(directory, 'none.csv')])).code).toBe(3);
  });
});
