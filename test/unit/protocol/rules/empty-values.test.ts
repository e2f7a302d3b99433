/** Empty cells. */
import { expect, test } from 'vitest';
import { emptyIgnored, emptyNullWord, emptyOnlySkipped } from '../../../../src/protocol/rules/empty-values.ts';

test('empty-ignored: nothing but the empty cell is empty', () => {
  expect(emptyIgnored.decide('')).toBe(true);
  for (const cell of ['%20', '0', 'null', '""']) expect(emptyIgnored.decide(cell)).toBe(false);
});

test('empty-only-skipped: a row without values is ignored', () => {
  expect(emptyOnlySkipped.decide(0)).toBe('ignored');
  expect(emptyOnlySkipped.decide(1)).toBe('write');
});

test('empty-null-word: the four letters in lower case', () => {
  expect(emptyNullWord.decide('null')).toBe(true);
  for (const value of ['', 'NULL', 'nulls', ' null']) expect(emptyNullWord.decide(value)).toBe(false);
});
