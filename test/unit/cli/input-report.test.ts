/** The one report of problems and warnings, as text and as JSON. */
import { describe, expect, it } from 'vitest';
import { planText, problemsText, refusedInputJson, warningLines } from '../../../src/cli/input-report.ts';
import { styleFor } from '../../../src/cli/printable.ts';
import { PLAN } from './upload-reports.ts';

const plain = styleFor(false);
const command = (changes: Readonly<Record<string, unknown>>) => `tpe upload ${JSON.stringify(changes)}`;
const problem = { code: 'blank-id', line: 2, column: 1, message: 'The id is blank.', wholeFile: false } as const;
const warning = {
  code: 'placeholder-id',
  name: 'id',
  message: 'It looks like a placeholder.',
  count: 7,
  first: [{ line: 3 }, { line: 9 }],
} as const;
const refused = {
  kind: 'input-refused',
  input: 'crm.csv',
  rows: 9,
  problems: { count: 1, counts: { 'blank-id': 1 }, first: [problem] },
  warnings: [],
} as const;

describe('a dry run', () => {
  it('shows parts, rows, visitors, bytes, minutes and the first rows, and the command that sends', () => {
    const text = planText({ ...PLAN, distinctIds: 3 }, 'Nothing was sent. Next: tpe upload crm.csv', plain);
    expect(text).toContain('crm.csv: csv, 5 rows of 3 visitors, 120 bytes encoded');
    expect(text).toContain('town as city');
    expect(text).toContain('  C-1,gold,Z%C3%BCrich');
    expect(text).toMatch(/Nothing was sent\. Next: tpe upload crm\.csv\n$/);
  });

  it('shows warnings with column, count, the first rows and the rule', () => {
    const text = planText({ ...PLAN, warnings: [{ ...warning, rule: 'lim-value-256' }] }, '', plain);
    expect(text).toContain('warning  id, 7 rows (line 3, 9, …): It looks like a placeholder. (lim-value-256)');
  });

  it('lists the rows that would be left out', () => {
    const text = planText({ ...PLAN, skippedRows: 1, problems: refused.problems }, '', plain);
    expect(text).toContain('1 row would be left out:\ncrm.csv:2:1: The id is blank.');
  });
});

describe('a warning', () => {
  it('names the file where there are several, and nothing where it is about a whole column', () => {
    const several = { ...warning, count: 1, first: [{ file: 'b.csv', line: 3 }] };
    const column = { code: 'empty-column', name: 'note', message: 'Empty.', count: 1, first: [] } as const;
    expect(warningLines([several, column], plain)).toEqual([
      'warning  id, 1 row (line b.csv:3): It looks like a placeholder. (placeholder-id)',
      'warning  note: Empty. (empty-column)',
    ]);
  });

  it('lets no terminal act on what a file says', () => {
    expect(warningLines([{ ...warning, name: 'a\u001b[31m' }], plain)[0]).not.toContain('\u001b');
  });
});

describe('a refused input', () => {
  it('names every problem with file, line and column, and how to leave the rows out', () => {
    expect(problemsText(refused, { command }, plain)).toBe(
      [
        'crm.csv:2:1: The id is blank. (blank-id)',
        'tpe: crm.csv has 1 problem; nothing was sent.',
        'Correct the file, or leave these rows out. Next: tpe upload {"onProblem":"skip"}',
        '',
      ].join('\n'),
    );
  });

  it('counts the kinds of problems, the most frequent first, and names the file of each where there are several', () => {
    const problems = {
      count: 5,
      counts: { 'blank-id': 1, 'id-characters': 4 },
      first: [{ ...problem, file: 'b.csv' }],
    };
    const text = problemsText({ ...refused, problems, warnings: [warning] }, { command }, plain);
    expect(text).toContain('b.csv:2:1: The id is blank. (blank-id)\nand 4 more\nwarning  id');
    expect(text).toContain('crm.csv has 5 problems (4 id-characters, 1 blank-id); nothing was sent.');
  });

  it('names what was not done for it, which is nothing where nothing would have been', () => {
    const text = (undone: string) => problemsText(refused, { command, undone }, plain);
    expect(text('; nothing was compared')).toContain('tpe: crm.csv has 1 problem; nothing was compared.\n');
    expect(text('')).toContain('tpe: crm.csv has 1 problem.\n');
  });

  it('offers no skipping where the whole file has the problem', () => {
    const whole = { ...refused, problems: { count: 1, counts: {}, first: [{ ...problem, wholeFile: true }] } };
    expect(problemsText(whole, { command: () => 'never' }, plain)).not.toContain('never');
    expect(refusedInputJson(whole, () => 'never')).toMatchObject({ next: [], exitCode: 3 });
  });
});
