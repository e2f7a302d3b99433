/** One line after another, under one header row. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dataRowReader, type RowReading } from '../../../../src/protocol/batch-file/data-row.ts';
import { readHeaderRow } from '../../../../src/protocol/batch-file/header-row.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../../src/protocol/vocabulary/index.ts';

interface Outcome {
  readonly reading: RowReading;
  readonly notes: readonly (readonly [string, number])[];
}

function read(headerLine: string, line: string, settings: Partial<Settings> = {}): Outcome {
  const header = readHeaderRow(Buffer.from(headerLine));
  if (header.kind !== 'header') throw new Error(header.message);
  const notes: [string, number][] = [];
  const reading = dataRowReader(header, { ...DEFAULT_SETTINGS, ...settings }).read(line, (rule, column) =>
    notes.push([rule, column]),
  );
  return { reading, notes };
}

/** What a row writes, by name and in order. */
function written(headerLine: string, line: string, settings: Partial<Settings> = {}): unknown {
  const header = readHeaderRow(Buffer.from(headerLine));
  const { reading } = read(headerLine, line, settings);
  if (reading.kind !== 'row' || header.kind !== 'header') return reading;
  return reading.attributes.map((attribute, index) => [header.attributes[attribute], reading.values[index]]);
}

describe("rows of the documentation's sample", () => {
  const names = 'pcId,param1,param2,param3,param4';
  test.each([
    ['123,value1', [['param1', 'value1']]],
    [
      '124,value1,,,value4',
      [
        ['param1', 'value1'],
        ['param4', 'value4'],
      ],
    ],
    ['125,,value2', [['param2', 'value2']]],
    [
      '126,value1,value2,value3,value4',
      [
        ['param1', 'value1'],
        ['param2', 'value2'],
        ['param3', 'value3'],
        ['param4', 'value4'],
      ],
    ],
  ])('body-rows-ragged, empty-ignored: %s', (line, values) => {
    expect(written(names, line)).toEqual(values);
    expect(read(names, line).notes).toEqual([]);
  });
});

describe('cells', () => {
  test('enc-utf8-percent: ids and values are decoded once', () => {
    const { reading } = read('pcId,a', 'a%20b,w10%7Cw32%2541');
    expect(reading).toMatchObject({ id: 'a b', values: ['w10|w32%41'] });
  });

  test('our-trimmed-blanks, body-spaces: blanks at both ends are taken off, encoded ones stay', () => {
    expect(read('pcId,a,b', ' 1 , x y , %20')).toMatchObject({ reading: { id: '1', values: ['x y', ' '] } });
  });

  test('our-trimmed-blanks: a tab is no blank', () => {
    expect(written('pcId,a', '1,\t')).toEqual([['a', '\t']]);
  });

  test('body-pure-file: a quotation mark is an ordinary character', () => {
    expect(written('pcId,a,b', '1,"x,y"')).toEqual([
      ['a', '"x'],
      ['b', 'y"'],
    ]);
  });

  test('our-column-names: the last non-empty cell of a repeated name wins, at its own place', () => {
    expect(written('pcId,a,b,a', '1,first,middle,last')).toEqual([
      ['b', 'middle'],
      ['a', 'last'],
    ]);
    expect(written('pcId,a,b,a', '1,first,middle,')).toEqual([
      ['a', 'first'],
      ['b', 'middle'],
    ]);
    expect(written('pcId,a,b,a', '1,first,middle, ')).toEqual([
      ['a', 'first'],
      ['b', 'middle'],
    ]);
  });

  test('our-column-names: cells under a blank name are not even decoded', () => {
    expect(written('pcId,,a', '1,%zz,x')).toEqual([['a', 'x']]);
  });

  test('empty-only-skipped: a row of empty cells is ignored', () => {
    for (const line of ['1', '1,', '1,,', '1, , ', '1,,,,,'])
      expect(read('pcId,a,b', line).reading.kind).toBe('ignored');
    expect(read('pcId', '1').reading.kind).toBe('ignored');
    expect(read('pcId,', '1,x').reading.kind).toBe('ignored');
  });

  test('a reading holds nothing of the row before it', () => {
    const header = readHeaderRow(Buffer.from('pcId,a,b'));
    if (header.kind !== 'header') throw new Error('no header');
    const reader = dataRowReader(header, DEFAULT_SETTINGS);
    reader.read('1,x,y');
    expect(reader.read('2,,z')).toMatchObject({ id: '2', attributes: [1], values: ['z'] });
  });
});

const failure = (rule: string, column: number) => ({ kind: 'failed', rule, column });

describe('failures', () => {
  test.each([',x', ' ,x', '  '])('our-blank-key: %j fails', (line) => {
    expect(read('pcId,a', line).reading).toEqual(failure('our-blank-key', 1));
  });

  test('our-undecodable: in the id, and in the first such cell under a named column', () => {
    expect(read('pcId,a,b', '%zz,%zz').reading).toEqual(failure('our-undecodable', 1));
    expect(read('pcId,a,b', '1,x,%E0%80').reading).toEqual(failure('our-undecodable', 3));
    expect(read('pcId,a,a', '1,%,x').reading).toEqual(failure('our-undecodable', 2));
  });

  test('key-3rd-chars: judged on the decoded id, of third parties only', () => {
    for (const id of ['a/b', 'a+b', 'a%2Fb', 'a%2Bb']) {
      expect(read('thirdPartyId,a', `${id},x`).reading).toEqual(failure('key-3rd-chars', 1));
      expect(read('pcId,a', `${id},x`).reading.kind).toBe('row');
      expect(read('thirdPartyId,a', `${id},x`, { illegalIds: 'accept' }).reading.kind).toBe('row');
    }
  });

  test('key-3rd-len: 256 characters are fine, 257 fail', () => {
    const euro = '%E2%82%AC';
    expect(read('thirdPartyId,a', `${euro.repeat(256)},x`).reading.kind).toBe('row');
    expect(read('thirdPartyId,a', `${euro.repeat(257)},x`).reading).toEqual(failure('key-3rd-len', 1));
    expect(read('thirdPartyId,a', `${'😀'.repeat(256)},x`).reading.kind).toBe('row');
  });

  test('our-surplus-cells: ignored and noted at the first that holds something', () => {
    expect(read('pcId,a', '1,x,,y,%zz')).toMatchObject({
      reading: { kind: 'row', values: ['x'] },
      notes: [['our-surplus-cells', 4]],
    });
    expect(read('pcId,a', '1,,y')).toEqual({ reading: { kind: 'ignored' }, notes: [['our-surplus-cells', 3]] });
  });

  test('our-surplus-cells, empty-ignored: empty cells beyond the columns are as good as none', () => {
    expect(read('pcId,a', '1,x,, ,', { surplusCells: 'fail' })).toMatchObject({ reading: { kind: 'row' }, notes: [] });
  });

  test('our-surplus-cells: by setting the row fails, unless a cell before it did', () => {
    expect(read('pcId,a', '1,x,y', { surplusCells: 'fail' }).reading).toEqual(failure('our-surplus-cells', 3));
    expect(read('pcId,a', '1,%,y', { surplusCells: 'fail' }).reading).toEqual(failure('our-undecodable', 2));
    expect(read('pcId,a', ',x,y', { surplusCells: 'fail' }).reading).toEqual(failure('our-blank-key', 1));
    expect(read('pcId,a', '1,,y', { surplusCells: 'fail' }).reading).toEqual(failure('our-surplus-cells', 3));
  });
});

describe('notes', () => {
  test('empty-null-word: the word alone is noted, however it is written, and in capitals as a placeholder', () => {
    expect(read('pcId,a,b,c,d', '1,null,nul%6C,NULL,nulls').notes).toEqual([
      ['empty-null-word', 2],
      ['empty-null-word', 3],
      ['our-placeholder-words', 4],
    ]);
  });

  test('lim-value-256: 256 characters are fine, 257 are stored and noted', () => {
    expect(read('pcId,a', `1,${'x'.repeat(256)}`).notes).toEqual([]);
    expect(read('pcId,a', `1,${'😀'.repeat(256)}`).notes).toEqual([]);
    const long = read('pcId,a', `1,${'x'.repeat(257)}`);
    expect(long.notes).toEqual([['lim-value-256', 2]]);
    expect(long.reading).toMatchObject({ values: ['x'.repeat(257)] });
  });

  test('enc-two-readings: every cell is looked at, read or not, in failed rows too', () => {
    expect(
      read('pcId,a,', '1+2,x%2cy,a&b,%0A,%0d,%25,%26').notes.filter(([rule]) => rule === 'enc-two-readings'),
    ).toEqual([1, 2, 3, 4, 5].map((column) => ['enc-two-readings', column]));
    expect(read('thirdPartyId,a', 'x+y,z&').notes).toEqual([
      ['enc-two-readings', 1],
      ['enc-two-readings', 2],
    ]);
  });

  test('a reader without a listener reads the same', () => {
    const header = readHeaderRow(Buffer.from('pcId,a'));
    if (header.kind !== 'header') throw new Error('no header');
    expect(dataRowReader(header, DEFAULT_SETTINGS).read('1,null')).toMatchObject({ values: ['null'] });
  });
});

describe('against a reader that splits', () => {
  const cell = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('', ' ', 'x', 'null', '%41', '%zz', ' y ', 'a+b', '%2C') },
    fc.string({ unit: 'grapheme', maxLength: 4 }).map((text) => text.replaceAll(',', '')),
  );

  test('the same rows come out of any cells under any columns', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('', 'a', 'b', 'c'), { maxLength: 5 }),
        fc.array(cell, { minLength: 1, maxLength: 7 }),
        fc.constantFrom('ignore' as const, 'fail' as const),
        (names, cells, surplusCells) => {
          const actual = written(['pcId', ...names].join(','), cells.join(','), { surplusCells });
          expect(actual).toEqual(bySplitting(names, cells, surplusCells));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

function bySplitting(names: readonly string[], cells: readonly string[], surplusCells: 'ignore' | 'fail'): unknown {
  const trimmed = cells.map((text) => text.replace(/^ +| +$/g, ''));
  const id = decode(trimmed[0]!);
  if (id === undefined) return { kind: 'failed', rule: 'our-undecodable', column: 1 };
  if (id === '') return { kind: 'failed', rule: 'our-blank-key', column: 1 };
  const values = new Map<string, string>();
  for (let column = 1; column < trimmed.length; column += 1) {
    const name = names[column - 1];
    if (name === '') continue;
    if (name === undefined) {
      if (trimmed[column] === '' || surplusCells === 'ignore') continue;
      return { kind: 'failed', rule: 'our-surplus-cells', column: column + 1 };
    }
    const value = decode(trimmed[column]!);
    if (value === undefined) return { kind: 'failed', rule: 'our-undecodable', column: column + 1 };
    if (value === '') continue;
    values.delete(name);
    values.set(name, value);
  }
  return values.size === 0 ? { kind: 'ignored' } : [...values];
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

test('our-not-utf8, enc-two-readings: a row that is no text fails as a whole, and its odd cells are noted all the same', () => {
  const header = readHeaderRow(Buffer.from('pcId,a'));
  if (header.kind !== 'header') throw new Error(header.message);
  const notes: unknown[] = [];
  const reader = dataRowReader(header, DEFAULT_SETTINGS);
  const reading = reader.read({ latin1: '1%0A,x\xff,y,z&' }, (rule, column) => notes.push([rule, column]));
  expect(reading).toEqual({ kind: 'failed', rule: 'our-not-utf8', column: 0 });
  expect(notes).toEqual([
    ['enc-two-readings', 1],
    ['enc-two-readings', 4],
  ]);
});
