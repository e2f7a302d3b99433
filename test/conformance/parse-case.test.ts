/** The parser of cases is strict: it says file and line of everything it does not know. */
import { describe, expect, it } from 'vitest';
import { caseBytes } from './runner/case-text.ts';
import { CaseSyntaxError, parseCase } from './runner/parse-case.ts';

const HEAD = '# A title\n\nProse.\n\nrules: lim-rows body-lf\n\n';
const parse = (steps: string, head = HEAD) => parseCase('x.txt', head + steps);

describe('a case', () => {
  it('has title, prose, rules, options, settings and steps', () => {
    const text =
      '# T\n\nWhy.\nReally.\n\nrules: lim-rows, body-lf\noptions: pace=realistic\nsettings: statusShape=2017 profileLifetimeDays=20\n\ndrain\nbatch: v1 complete size=0\n';
    expect(parseCase('x.txt', text)).toMatchObject({
      title: 'T',
      prose: 'Why.\nReally.',
      rules: ['lim-rows', 'body-lf'],
      options: { pace: 'realistic' },
      settings: { statusShape: '2017', profileLifetimeDays: 20 },
      steps: [
        { kind: 'drain' },
        { kind: 'batch', name: 'batch', expected: { api: 'v1', status: 'complete', size: 0 } },
      ],
    });
  });

  it('has a body whose lines are joined by LF, repeated where it says so', () => {
    const { steps } = parse(
      'POST /m2/demo/profile/batchUpdate as first\n  |batch=pcId\n  *3|{n},a{n}\n  |\\s\\n\n  => 200\n',
    );
    const step = steps.find(({ kind }) => kind === 'request');
    expect(step).toMatchObject({ name: 'first', expected: { status: 200 } });
    const body = step?.kind === 'request' ? step.request.body?.() : undefined;
    expect(Buffer.from(body ?? []).toString()).toBe('batch=pcId\n1,a1\n2,a2\n3,a3\n \n');
  });

  it.each<[string, string, string]>([
    ['without a title', 'rules: lim-rows\nbatch: complete\n', 'x.txt:1: the first line'],
    ['without prose', '# T\nrules: lim-rows\nbatch: complete\n', 'x.txt:2: no prose'],
    ['without rules', '# T\n\nProse.\nbatch: complete\n', 'x.txt:1: no `rules:`'],
    ['with settings but no rules', '# T\n\nProse.\nsettings: body=form\nbatch: complete\n', 'x.txt:4: no rule ids'],
    [
      'with an unknown rule',
      '# T\n\nProse.\nrules: lim-row\nbatch: complete\n',
      'x.txt:4: no rule is called "lim-row"',
    ],
    [
      'with an unknown setting',
      '# T\n\nProse.\nrules: lim-rows\nsettings: bodies=x\nbatch: complete\n',
      'x.txt:5: unknown setting',
    ],
    ['without an expectation', '# T\n\nProse.\nrules: lim-rows\ndrain\nvisit\n', 'x.txt:7: the case expects nothing'],
    [
      'with rules after a step',
      '# T\n\nProse.\nrules: lim-rows\ndrain\nrules: body-lf\nbatch: complete\n',
      'x.txt:6: rules',
    ],
  ])('%s is an error', (_, text, message) => {
    expect(() => parseCase('x.txt', text)).toThrow(CaseSyntaxError);
    expect(() => parseCase('x.txt', text)).toThrow(message);
  });

  it.each<[string, string]>([
    ['wait 5 s', 'unknown keyword "wait"'],
    ['  => 200', 'nothing may stand below'],
    ['drain now', 'drain takes nothing'],
    ['drain\n  => 200', 'nothing may stand below'],
    ['advance 5', 'a time is'],
    ['seed visitor 1', 'an id is'],
    ['seed pcId 1 a', 'write NAME=VALUE'],
    ['visit mboxPC=1', 'an id is'],
    ['visit pcId=1\n  => tntId=1', 'a visit gives no tntId'],
    ['visit pcId=1\n  => created=yes', 'created is true or false'],
    ['GET m2/demo', 'write `METHOD /path`'],
    ['GET /m2/demo\n  => ok', 'unknown expectation'],
    ['GET /m2/demo\n  => cause bug/1', 'a cause is'],
    ['GET /m2/demo\n  => cause rule/nonsense', 'no rule is called'],
    ['GET /m2/demo\n  something', 'neither header, body'],
    ['GET /m2/demo\n  |\\q', 'unknown escape \\q'],
    ['GET /m2/demo\n  |\\{3*a', 'has no end'],
    ['batch: complete sized=3', 'unknown batch fact "sized=3"'],
    ['batch complete', 'a colon is missing'],
    ['rows:\n  1 1 updated', 'a row is'],
    ['rows:\n  1 1 done lim-rows', 'no row outcome is called'],
    ['rows batch all:\n  1 1 updated lim-rows', 'no row outcome is called "all"'],
    ['diagnostics:', 'write `diagnostics: none`'],
    ['diagnostics: none\n  lim-rows x1', 'write `diagnostics: none`'],
    ['diagnostics:\n  lim-rows 1', 'a diagnostic is'],
    ['diagnostics:\n  lim-rows x1 at 1,2', 'a position is'],
    ['profile pcId 1', 'write `profile'],
    ['profile pcId 1:', 'a profile has attributes below'],
    ['profile pcId 1: none\n  base a=1', 'a profile has attributes below'],
    ['profile pcId 1:\n  a=1', 'an attribute is'],
  ])('with %j is an error that names the line', (step, message) => {
    expect(() => parse(step)).toThrow(CaseSyntaxError);
    expect(() => parse(step)).toThrow(/^x\.txt:[578]: /);
    expect(() => parse(step)).toThrow(message);
  });
});

describe('the escapes', () => {
  it.each<[string, string]>([
    ['é', 'c3a9'],
    ['\\xE9\\r\\n\\t\\s\\\\', 'e90d0a09205c'],
    ['\\u{E9}\\u{1F600}', 'c3a9f09f9880'],
    ['\\{3*ab}c', '61626162616263'],
    ['\\{2*\\u{E9}\\{2*x}}', 'c3a97878c3a97878'],
    ['}{', '7d7b'],
  ])('%j stands for the bytes %s', (text, hex) => {
    expect(Buffer.from(caseBytes(text)).toString('hex')).toBe(hex);
  });
});
