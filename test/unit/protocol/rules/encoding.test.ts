/** Percent-encoding and blanks. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encTwoReadings, encUtf8Percent, ourTrimmedBlanks } from '../../../../src/protocol/rules/encoding.ts';

describe('decoding', () => {
  test.each([
    ['', ''],
    ['plain', 'plain'],
    ['+', '+'],
    ['a%20b', 'a b'],
    ['%41%4a%4A', 'AJJ'],
    ['%2541', '%41'],
    ['%00', '\0'],
    ['%7F%7f', '\x7f\x7f'],
    ['caf%C3%A9', 'café'],
    ['é%C3%A9', 'éé'],
    ['%F0%9F%98%80', '😀'],
    ['%EF%BF%BF', '\uFFFF'],
    ['😀%20', '😀 '],
  ])('enc-utf8-percent: %j is %j', (cell, text) => {
    expect(encUtf8Percent.decide(cell)).toBe(text);
  });

  test.each([
    '%',
    '%4',
    '%%',
    '%zz',
    '%4g',
    '%g4',
    '% 41',
    '%80',
    '%FF',
    '%C3',
    '%C3%28',
    '%E2%82',
    '%C0%80',
    '%ED%A0%80',
    '%F4%90%80%80',
    '%-1',
    '%0x',
  ])('enc-utf8-percent, our-undecodable: %j cannot be decoded, short or long, alone or behind others', (cell) => {
    expect(encUtf8Percent.decide(cell)).toBeUndefined();
    expect(encUtf8Percent.decide(`%20${cell}`)).toBeUndefined();
    expect(encUtf8Percent.decide(`${'x'.repeat(100)}${cell}`)).toBeUndefined();
  });

  test('enc-utf8-percent: short and long cells are decoded as decodeURIComponent would', () => {
    const piece = fc.constantFrom(
      '%',
      '2',
      '0',
      'A',
      'f',
      'g',
      '%41',
      '%C3%A9',
      '%e2%82%ac',
      'é',
      ' ',
      '%0a',
      '%fF',
      'x'.repeat(30),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const cell = pieces.join('');
        let expected: string | undefined;
        try {
          expected = decodeURIComponent(cell);
        } catch {
          expected = undefined;
        }
        expect(encUtf8Percent.decide(cell)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });
});

test.each([
  ['', ''],
  ['   ', ''],
  ['a', 'a'],
  [' a ', 'a'],
  ['  a b', 'a b'],
  ['a  ', 'a'],
  ['\ta\u00a0', '\ta\u00a0'],
])('our-trimmed-blanks: %j becomes %j', (cell, trimmed) => {
  expect(ourTrimmedBlanks.decide(cell)).toBe(trimmed);
});

test('enc-two-readings: plus, raw ampersand, escaped commas and line breaks differ; nothing else does', () => {
  for (const cell of ['+', 'a&', '%2C', '%2c', '%0A', '%0a', '%0D', '%0d', 'x%2541%2C']) {
    expect(encTwoReadings.decide(cell), cell).toBe(true);
  }
  for (const cell of ['', 'a', '%25', '%26', '%2B', '%20', '%00', '2C', '%2', '%3D', '=']) {
    expect(encTwoReadings.decide(cell), cell).toBe(false);
  }
});
