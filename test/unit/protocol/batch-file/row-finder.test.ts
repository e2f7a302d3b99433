/** Where rows lie in bytes, however those are cut. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowFinder } from '../../../../src/protocol/batch-file/row-finder.ts';
import { cutAt } from './read-blocks.ts';

function rowsIn(text: string, cuts: readonly number[] = [], offset = 0): string[] {
  const rows: string[] = [];
  const finder = rowFinder(offset, (start, end) => {
    rows.push(text.slice(start - offset, end - offset));
    return false;
  });
  for (const block of cutAt(text, cuts)) finder.read(block);
  finder.end();
  return rows;
}

describe('rowFinder', () => {
  test.each([
    ['a\nb', ['a', 'b']],
    ['a\r\n\r\nb\r', ['a', 'b']],
    [' \n  \r\n a \n', [' a ']],
    ['\r\r\n', ['\r']],
    ['a\rb\r\r\n', ['a\rb\r']],
    [' \r \n', [' \r ']],
    [',\n\0\n\t', [',', '\0', '\t']],
    ['', []],
    ['\n', []],
  ])('our-line-ends: %j holds %j', (text, rows) => {
    expect(rowsIn(text)).toEqual(rows);
    expect(rowsIn(text, [], 6)).toEqual(rows);
  });

  test('our-line-ends: any cut of the bytes, and lines split the slow way, give the same rows', () => {
    const text = fc.array(fc.constantFrom('a', ',', ' ', '\r', '\n', '\r\n', '\0'), { maxLength: 30 });
    fc.assert(
      fc.property(text, fc.array(fc.nat()), (parts, cuts) => {
        const file = parts.join('');
        const lines = file.split('\n').map((line) => line.replace(/\r$/, ''));
        expect(rowsIn(file, cuts)).toEqual(lines.filter((line) => !/^ *$/.test(line)));
      }),
      { numRuns: 2_000 },
    );
  });

  test('looks for nothing more once it was told to stop', () => {
    let told = 0;
    const finder = rowFinder(0, () => {
      told += 1;
      return told === 2;
    });
    finder.read(Buffer.from('a\nb\nc\n'));
    finder.read(Buffer.from('d\n'));
    finder.end();
    expect(told).toBe(2);
  });
});
