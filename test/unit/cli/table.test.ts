/** Tables fit the terminal: every line is as wide as it at most, and no word is cut. */
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../../../src/cli/command-line.ts';
import { styleFor } from '../../../src/cli/printable.ts';
import { renderTable } from '../../../src/cli/table.ts';
import { fakeContext } from './fake-context.ts';

const COLUMNS = [{ head: 'rule' }, { head: 'n', align: 'right' as const }, { head: 'statement', width: 60 }];
const ROWS = [
  ['v2-upsert', '3', 'v2 updates existing profiles and creates one for any unknown pcId.'],
  ['v1', '12', '第三者の識別子 は 長い'],
];

describe('a table', () => {
  it('is as wide as its text, up to the width of each column', () => {
    expect(renderTable(COLUMNS, ROWS, styleFor(false, 200))).toBe(
      [
        'rule        n  statement',
        'v2-upsert   3  v2 updates existing profiles and creates one for any unknown',
        '               pcId.',
        'v1         12  第三者の識別子 は 長い',
        '',
      ].join('\n'),
    );
  });

  it('gives way at the widest column first, words whole', () => {
    expect(renderTable(COLUMNS, ROWS, styleFor(false, 40))).toBe(
      [
        'rule        n  statement',
        'v2-upsert   3  v2 updates existing',
        '               profiles and creates one',
        '               for any unknown pcId.',
        'v1         12  第三者の識別子 は 長い',
        '',
      ].join('\n'),
    );
  });

  it('is a block for each row where the longest words leave no room for the columns', () => {
    expect(renderTable(COLUMNS, ROWS.slice(0, 1), styleFor(false, 22))).toBe(
      [
        'rule       v2-upsert',
        'n          3',
        'statement  v2 updates',
        '           existing',
        '           profiles',
        '           and creates',
        '           one for any',
        '           unknown',
        '           pcId.',
        '',
      ].join('\n'),
    );
  });

  it('breaks a long address behind a slash, and an id nowhere', () => {
    const cells = ['`/m2/{client}/v2/profile/batchStatus`', 'demo-1701473848678-13029383-demo-1701473848678'];
    const text = renderTable([{ head: 'a' }, { head: 'b' }], [cells], styleFor(false, 80));
    expect(
      text
        .split('\n')
        .slice(1, 3)
        .map((line) => line.trim()),
    ).toEqual(['`/m2/{client}/v2/profile/         demo-1701473848678-13029383-demo-1701473848678', 'batchStatus`']);
  });

  it('never cuts a word, loses none, and fits where its words do', () => {
    const word = fc.oneof(fc.stringMatching(/^[a-z-]{1,12}$/), fc.constantFrom('表格', 'é'));
    const cell = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
    const row = fc.tuple(cell, cell, cell);
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), fc.integer({ min: 20, max: 120 }), (rows, columns) => {
        const text = renderTable(COLUMNS, rows, styleFor(false, columns));
        for (const line of text.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(Math.max(columns, 23));
        const words = rows
          .flat()
          .flatMap((each) => each.split(' '))
          .filter((each) => each !== '');
        const heads = text.startsWith('rule') && text.includes('\n') ? text.split(/\s+/) : [];
        for (const each of words) expect(heads).toContain(each);
      }),
    );
  });

  it.each([['rules'], ['demo'], ['compare', 'samples/documented-sample.txt']])(
    'of tpe %s fits 80 columns, which are taken where there is no terminal',
    async (...args) => {
      const context = fakeContext();
      expect(await runCommandLine(args, context)).toBe(0);
      const isTable = /^(?:\S.*\S {2,}\S| {20,})/;
      const lines = context
        .printed()
        .split('\n')
        .filter((line) => isTable.test(line));
      expect(lines.length).toBeGreaterThan(3);
      expect(lines.filter((line) => stringWidth(line) > 80)).toEqual([]);
    },
  );
});
