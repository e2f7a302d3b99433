import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ColumnMapping } from '../../../../src/client/plan/column-mapping.ts';
import { plainLineEncoder } from '../../../../src/client/plan/encode-plain-lines.ts';
import { type EncodedRow, encodeRow } from '../../../../src/client/plan/encode-row.ts';
import { readEncoded } from '../../../../src/client/plan/read-encoded.ts';
import { WarningCollector } from '../../../../src/client/plan/input-warning.ts';
import type { InputProblem } from '../../../../src/client/index.ts';
import { type EncodeOptions, openFile, openTable } from '../../../../src/client/read/open-table.ts';
import { INPUT_DEFAULTS, inputOf } from '../support.ts';

interface Encoded {
  readonly text: string;
  readonly rows: readonly EncodedRow[];
  readonly problems: readonly InputProblem[];
  readonly rowsRead: number;
  readonly warnings: readonly unknown[];
}

/** Without those about columns, which only a whole reading can give. */
const rowWarnings = (warnings: WarningCollector) => [
  ...warnings.list().filter(({ first }) => first.length > 0),
  [...warnings.filled.entries()].filter(([, filled]) => filled).map(([target]) => target),
];

async function asItIs(text: string, chunkBytes: number, options: EncodeOptions): Promise<Encoded> {
  const warnings = new WarningCollector();
  const reading = readEncoded(inputOf(text, chunkBytes), options, warnings);
  const rows: EncodedRow[] = [];
  const problems: InputProblem[] = [];
  let rowsRead = 0;
  let encoded = '';
  for await (const block of reading.blocks) {
    rows.push(...block.rows);
    for (const { row: _row, header: _header, ...problem } of block.problems) problems.push(problem);
    rowsRead += block.rowsRead;
    encoded += block.bytes.toString('latin1');
  }
  return { text: encoded, rows, problems, rowsRead, warnings: rowWarnings(warnings) };
}

/** Every cell by papaparse, every row by `encodeRow`. */
async function cellByCell(text: string, chunkBytes: number, options: EncodeOptions): Promise<Encoded> {
  const warnings = new WarningCollector();
  const file = await openFile(inputOf(text, chunkBytes).files[0]!, options);
  const table = openTable(file, { ...options, isDropped: () => false, isMisnamed: () => false });
  const rows: EncodedRow[] = [];
  const problems: InputProblem[] = [];
  let rowsRead = 0;
  let encoded = '';
  for await (const block of table.blocks) {
    problems.push(...block.problems);
    const mapping = new ColumnMapping(table, options);
    mapping.extend();
    for (const row of block.rows) {
      const reading = encodeRow(row, mapping, options.partBytesMax, warnings);
      rowsRead += 1;
      if ('problems' in reading) {
        problems.push(...reading.problems);
      } else {
        rows.push(reading.row);
        encoded += `${reading.text}\n`;
      }
    }
  }
  return { text: encoded, rows, problems, rowsRead, warnings: rowWarnings(warnings) };
}

const OPTIONS: EncodeOptions = {
  ...INPUT_DEFAULTS,
  format: 'csv',
  delimiter: ',',
  idColumn: 'id',
  partBytesMax: 1_000_000,
};

const SOUND = ['', 'a', 'Zürich', '漢字', '\u{1F600}', 'a b', ' ', "!~*'()", '100%', '+', '&', 'two.dots.28_20', 'x=1'];
/** What ends, breaks or surrounds cells, and what no id may have. */
const ODD = ['"', '"q"', '"a,b"', '"two\nlines"', '"x""y"', '\r', '\n', 'a\r', ',', '/', '\uFEFF', '\u00A0', '\0', ';'];

const cell = fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...SOUND) }, fc.constantFrom(...ODD));
const id = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: 0, max: 999 }).map((number) => `v-${number}.28_20`) },
  { weight: 3, arbitrary: fc.constantFrom('Zoë', 'a@b', 'x'.repeat(256), '漢'.repeat(256)) },
  fc.constantFrom('', ' ', 'a+b', 'a/b', 'x'.repeat(257), '\u{1F600}'.repeat(257), '"q"'),
);

const tables = fc.record({
  idFirst: fc.boolean(),
  delimiter: fc.constantFrom(',', ';', '\t', ' ', '¦'),
  rows: fc.array(fc.record({ id, cells: fc.array(cell, { maxLength: 4 }), end: fc.nat(19) }), { maxLength: 12 }),
  newline: fc.constantFrom('\n', '\r\n'),
  isLastEnded: fc.boolean(),
  chunkBytes: fc.constantFrom(1, 7, 64, 1 << 16),
  options: fc.record({
    idKind: fc.constantFrom('pcId' as const, 'thirdPartyId' as const),
    drop: fc.constantFrom<string[]>([], ['a'], ['a', 'b', 'c']),
    partBytesMax: fc.constantFrom(64, 1_000_000),
  }),
});

describe('plain lines', () => {
  it('come out exactly as papaparse and cell by cell, problems, lines and all', async () => {
    await fc.assert(
      fc.asyncProperty(
        tables,
        async ({ idFirst, delimiter, rows, newline, isLastEnded, chunkBytes, options: some }) => {
          const options = { ...OPTIONS, ...some, delimiter };
          const header = idFirst ? ['id', 'a', 'b', '', 'c'] : ['a', 'b', 'id', '', 'c'];
          const lines = rows.map(({ id: visitor, cells, end }) => {
            const all = idFirst ? [visitor, ...cells] : [...cells.slice(0, 2), visitor, ...cells.slice(2)];
            const blank = end === 1 ? newline : '';
            // Now and then the other kind of line end.
            return all.join(delimiter) + (end === 0 ? '\n' : newline) + blank;
          });
          const whole = header.join(delimiter) + newline + lines.join('');
          const text = isLastEnded ? whole : whole.trimEnd();
          expect(await asItIs(text, chunkBytes, options)).toEqual(await cellByCell(text, chunkBytes, options));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  const encode = (text: string, newline: '\n' | '\r\n' = '\n', textBytesMax = 100) => {
    const columns = ['note', 'id', 'dropped', '', 'city'];
    const mapping = new ColumnMapping({ columns, firstColumns: 5 }, { ...OPTIONS, drop: ['dropped'] });
    mapping.extend();
    const lines = { bytes: Buffer.from(text), delimiter: 0x2c, newline, firstLine: 7 };
    return plainLineEncoder(mapping, textBytesMax)(lines);
  };

  it('are encoded from their bytes where every row is sound', () => {
    const encoded = encode('100 %,v1,x,,Zürich\n\n,v2,x\r\n,v3,,,Bern\n');
    expect(encoded!.bytes.toString()).toBe('v1,100%20%25,Z%C3%BCrich\nv2\nv3,,Bern\n');
    expect(encoded!.rows).toEqual([
      { bytes: 25, isEmpty: false, line: 7 },
      { bytes: 3, isEmpty: true, line: 9 },
      { bytes: 9, isEmpty: false, line: 10 },
    ]);
    expect(encode('a,v1\r\n', '\r\n')!.bytes.toString()).toBe('v1,a\n');
  });

  it.each([
    ['a missing id', 'x\n'],
    ['a blank id', 'x,  ,\n'],
    ['an id that cannot be sent', 'x,a/b\n'],
    ['an id that is too long', `x,${'a'.repeat(257)}\n`],
    ['a value without a name', 'x,v1,,y\n'],
    ['more cells than columns', 'x,v1,,,,\n'],
    ['more bytes than a part may have', `${'x'.repeat(98)},v1\n`],
  ])('with %s are left to those who know the problem', (_, text) => {
    expect(encode(`a,v0\n${text}`)).toBeUndefined();
  });

  it('with another line end than the header row has are left to them too', () => {
    expect(encode('a,v1\n', '\r\n')).toBeUndefined();
  });
});
