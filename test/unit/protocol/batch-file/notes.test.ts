/** Notes of what a user surely did not mean: whatever the gates before them leave unsearched, none is missed. */
import { expect, test } from 'vitest';
import { mayBePlaceholder, ourPlaceholderWords } from '../../../../src/protocol/rules/empty-values.ts';
import { ourCutCells } from '../../../../src/protocol/rules/encoding.ts';
import { batchFileReader, resultOf } from '../../../../src/protocol/batch-file/read-batch-file.ts';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';

const WORDS = ['NULL', 'None', 'nil', 'NaN', 'N/A', 'undefined', '(null)', '[object Object]'];
const escaped = (text: string, from = 0) =>
  [...text].map((one, index) => (index < from ? one : `%${one.charCodeAt(0).toString(16)}`)).join('');

test('our-placeholder-words: each word is noted, raw, encoded and half encoded; no other text is', () => {
  for (const word of WORDS) {
    for (const cell of [word, escaped(word), escaped(word, 1), encodeURIComponent(word)])
      expect(notesOf(`1,${cell}`), cell).toEqual(['our-placeholder-words 1:2']);
    expect(mayBePlaceholder(word)).toBe(true);
  }
  for (const other of ['', 'Null', 'nils', 'x', 'N', '%C3%A9', 'undefined%20']) {
    expect(ourPlaceholderWords.decide(other)).toBe(false);
    expect(notesOf(`1,${other}`), other).toEqual([]);
  }
});

test('our-encoded-twice: noted in short cells and long ones, and not where a percent sign is meant', () => {
  for (const cell of ['a%257Cb', `${'x'.repeat(100)}%257c`, '%25C3%25A9', 'é%252C'])
    expect(notesOf(`1,${cell}`), cell).toEqual(['our-encoded-twice 1:2']);
  for (const cell of ['100%25', '100%25%20x', '%25g1', '%25%25']) expect(notesOf(`1,${cell}`), cell).toEqual([]);
});

test('our-cut-cells: the opening half is noted, if a closing one follows', () => {
  expect(notesOf('1,"a, b",c"')).toContain('our-cut-cells 1:2');
  for (const line of ['1,"a","b"', '1,"a,b', '1,a",b"', '1,"', '"1",a"'])
    expect(notesOf(line).filter((note) => note.startsWith('our-cut'))).toEqual([]);
  expect(ourCutCells.decide('"', true)).toBe(true);
});

test('our-quoted-cell: the key is looked at too, and what is never read is not', () => {
  expect(notesOf('"1","x","y","z"')).toEqual([
    'our-quoted-cell 1:1',
    'our-quoted-cell 1:2',
    'our-quoted-cell 1:3',
    'our-surplus-cells 1:4',
  ]);
});

function notesOf(line: string): readonly string[] {
  const notes: string[] = [];
  const note = (rule: string, row?: number, column?: number) => void notes.push(`${rule} ${row}:${column}`);
  const reader = batchFileReader(DEFAULT_SETTINGS, { note, row: () => undefined });
  resultOf(reader.write(Buffer.from(`batch=thirdPartyId,a,b\n${line}`)));
  resultOf(reader.end());
  return notes;
}
