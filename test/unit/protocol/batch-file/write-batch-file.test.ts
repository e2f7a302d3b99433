/** What is written reads back, in both readings of a body, whatever the characters. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BatchFileListener } from '../../../../src/protocol/batch-file/line-intake.ts';
import { encodeCell, writeDataRow, writeHeaderRow } from '../../../../src/protocol/batch-file/write-batch-file.ts';
import type { Settings } from '../../../../src/protocol/vocabulary/index.ts';
import { cutAt, readBlocks } from './read-blocks.ts';

describe('encodeCell', () => {
  test('enc-utf8-percent: nothing that could be taken for syntax stays', () => {
    expect(encodeCell('a,b%c+d&e/f g\r\né"=')).toBe('a%2Cb%25c%2Bd%26e%2Ff%20g%0D%0A%C3%A9%22%3D');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(encodeCell(text)).toMatch(/^[\w.~!*'()%-]*$/);
      }),
    );
  });

  test('plain text stays as it is', () => {
    expect(encodeCell('AZaz09-_.~')).toBe('AZaz09-_.~');
    expect(encodeCell('')).toBe('');
  });

  test('half a surrogate pair becomes U+FFFD, a whole one stays', () => {
    expect(encodeCell('a\uD800b')).toBe('a%EF%BF%BDb');
    expect(encodeCell('\uD83D\uDE00')).toBe('%F0%9F%98%80');
  });
});

describe('rows', () => {
  test('missing and empty values are empty cells, and those at the end are left out', () => {
    expect(writeDataRow('1', ['a', undefined, '', 'd', undefined])).toBe('1,a,,,d');
    expect(writeDataRow('1', [undefined, ''])).toBe('1');
    expect(writeDataRow('1', [])).toBe('1');
  });

  test('the header row begins with batch=', () => {
    expect(writeHeaderRow('thirdPartyId', ['a', 'b c'])).toBe('batch=thirdPartyId,a,b%20c');
  });
});

test('write then read is identity, for all of Unicode and blocks cut anywhere', () => {
  const text = fc.string({ unit: 'binary', maxLength: 12 });
  const file = fc
    .uniqueArray(
      text.filter((name) => name !== ''),
      { maxLength: 4 },
    )
    .chain((names) =>
      fc.record({
        names: fc.constant(names),
        rows: fc.array(
          fc.record({ id: text.filter((id) => id !== ''), values: fc.array(text, { maxLength: names.length }) }),
        ),
        lineEnd: fc.constantFrom('\n', '\r\n'),
        cuts: fc.array(fc.nat(), { maxLength: 6 }),
      }),
    );
  fc.assert(
    fc.property(file, ({ names, rows, lineEnd, cuts }) => {
      const lines = [writeHeaderRow('pcId', names), ...rows.map(({ id, values }) => writeDataRow(id, values))];
      expect(readBack(lines.join(lineEnd), cuts, {})).toEqual({
        names,
        rows: rows.map(({ id, values }) => {
          const named = values.map((value, index) => [names[index]!, value] as const);
          const nonEmpty = named.filter(([, value]) => value !== '');
          return nonEmpty.length === 0 ? 'ignored' : { id, values: nonEmpty };
        }),
      });
    }),
    { numRuns: 1000 },
  );
});

test('without commas and line breaks in it, the form reading gives the same', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).filter((value) => !/[,\r\n]/.test(value));
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text)), fc.array(fc.nat()), (rows, cuts) => {
      const file = [writeHeaderRow('pcId', ['a']), ...rows.map(([id, value]) => writeDataRow(id, [value]))].join('\n');
      expect(readBack(file, cuts, { body: 'form' })).toEqual(readBack(file, [], {}));
    }),
  );
});

function readBack(file: string, cuts: readonly number[], settings: Partial<Settings>): unknown {
  let names: readonly string[] = [];
  const rows: unknown[] = [];
  const on: Partial<BatchFileListener> = {
    header: (header) => {
      names = header.attributes;
    },
    row: (_, reading) =>
      rows.push(
        reading.kind === 'row'
          ? {
              id: reading.id,
              values: reading.attributes.map((target, index) => [names[target], reading.values[index]]),
            }
          : reading.kind,
      ),
  };
  const end = readBlocks(cutAt(file, cuts), on, settings);
  if (end.kind === 'rejection') return end;
  expect(end.rows).toBe(rows.length);
  return { names, rows };
}
