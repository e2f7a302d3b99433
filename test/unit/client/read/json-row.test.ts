import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonRows } from '../../../../src/client/read/json-row.ts';

const read = (content: string, flatten = false) => {
  const json = jsonRows({ flatten, isDropped: () => false, isMisnamed: () => false });
  return { row: json.read(content, 1), columns: json.table.columns };
};

/** Keys and texts made of what a scanner could trip over. */
const odd = fc.string({
  unit: fc.constantFrom('"', '\\', ':', ',', '{', '}', ' ', 'a', '\n', 'é', '-0', ':1.0'),
  maxLength: 6,
});
const objects = fc.dictionary(
  odd,
  fc.oneof(odd, fc.boolean(), fc.constant(null), fc.array(fc.dictionary(odd, odd)), fc.dictionary(odd, odd)),
);

describe('a JSON row', () => {
  it('of an object with each key once is never told of a key that stands twice, however it is written', () => {
    fc.assert(
      fc.property(objects, fc.constantFrom(undefined, 1), (value, indent) => {
        const codes = read(JSON.stringify(value, undefined, indent)).row.problems.map(({ code }) => code);
        expect(codes).not.toContain('duplicate-key');
      }),
      { numRuns: 1_000 },
    );
  });

  it('with one key more than once always is', () => {
    fc.assert(
      fc.property(objects, odd, odd, (value, key, text) => {
        const rest = JSON.stringify({ ...value, [key]: text }).slice(1);
        const { row } = read(`{${JSON.stringify(key)}:1,${rest}`);
        expect(row.problems.map(({ code }) => code)).toContain('duplicate-key');
      }),
    );
  });

  it('keeps every number as it was written', () => {
    const digits = fc.stringMatching(/^(0|[1-9]\d{0,25})$/);
    const number = fc
      .tuple(fc.constantFrom('', '-'), digits, fc.constantFrom('', '.0', '.50', '.1e5', 'e+3', 'E-400', '.000'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(number, { minLength: 1 }), fc.constantFrom('', ' ', '\t'), odd, (numbers, blank, text) => {
        const pairs = numbers.map((one, index) => `"n${index}":${blank}${one}`);
        const { row } = read(`{"t":${JSON.stringify(text)},${pairs.join(',')}}`);
        expect(row).toMatchObject({ problems: [], cells: [text, ...numbers] });
      }),
      { numRuns: 1_000 },
    );
  });

  it('names nested values by their path', () => {
    const { row, columns } = read('{"a":{"b":{"c":1.0},"d":null},"e":[1]}', true);
    expect(columns).toEqual(['a.b.c', 'a.d', 'e']);
    expect(row.cells.slice(0, 2)).toEqual(['1.0', '']);
    expect(row.problems).toMatchObject([{ code: 'nested-value', name: 'e' }]);
  });
});
