import fc from 'fast-check';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import type { InputProblem } from '../../../../src/client/index.ts';
import { openFile, openTable, type TableOptions } from '../../../../src/client/read/open-table.ts';
import type { InputRow } from '../../../../src/client/read/row-block.ts';
import { INPUT_DEFAULTS, inputOf } from '../support.ts';

const OPTIONS: TableOptions = {
  ...INPUT_DEFAULTS,
  isDropped: () => false,
  isMisnamed: () => false,
  partBytesMax: 1_000_000,
};

async function read(text: string | Uint8Array, options: Partial<TableOptions> = {}, chunkBytes = 1 << 16) {
  const all = { ...OPTIONS, ...options };
  const table = openTable(await openFile(inputOf(text, chunkBytes).files[0]!, all), all);
  const rows: InputRow[] = [];
  const problems: InputProblem[] = [];
  for await (const block of table.blocks) {
    rows.push(...block.rows);
    problems.push(...block.problems, ...block.rows.flatMap((row) => row.problems));
  }
  return { table, rows, problems, columns: [...table.columns], cells: rows.map((row) => row.cells) };
}

describe('a CSV', () => {
  it('reads quoted cells with delimiters, quotes and line breaks, and knows the line of each row', async () => {
    const { cells, rows, columns, problems } = await read('id,note\na,"x, ""y"""\nb,"two\nlines"\n\nc,z\n');
    expect(columns).toEqual(['id', 'note']);
    expect(cells).toEqual([
      ['a', 'x, "y"'],
      ['b', 'two\nlines'],
      ['c', 'z'],
    ]);
    expect(rows.map((row) => row.line)).toEqual([2, 3, 6]);
    expect(problems).toEqual([]);
  });

  it.each([',', ';', '\t', '|'])('finds out that %j separates the cells', async (delimiter) => {
    const text = [
      ['id', 'a', 'b'],
      ['1', 'x', 'y'],
      ['2', '', 'z'],
    ]
      .map((row) => row.join(delimiter))
      .join('\n');
    const { table, cells } = await read(text);
    expect(table.delimiter).toBe(delimiter);
    expect(cells).toEqual([
      ['1', 'x', 'y'],
      ['2', '', 'z'],
    ]);
  });

  it('reads a single column', async () => {
    const { cells, columns } = await read('thirdPartyId\na\nb');
    expect(columns).toEqual(['thirdPartyId']);
    expect(cells).toEqual([['a'], ['b']]);
  });

  it.each([
    ['a stray quote', `"x,y\n${'u,some value\n'.repeat(1_000_000)}`, 'broken-quotes'],
    ['a blank and a stray quote', ` "x,y\n${'u,some value\n'.repeat(600_000)}`, 'blank-and-quote'],
    ['a quoted cell', `"${'y'.repeat(20_000_000)}",q\n`, undefined],
    ['doubled quotes', `"${'""'.repeat(5_000_000)}",q\n`, undefined],
    ['a bare cell beside a quoted one', `${'y'.repeat(12_000_000)},"q"\n`, undefined],
    ['blanks behind quotes', `"a"${' '.repeat(8_000_000)},q\n`, 'blank-and-quote'],
  ])('reads, or refuses, %s of many megabytes', async (_, row, kind) => {
    const { problems } = await read(`thirdPartyId,x,y\na,${row}`, { partBytesMax: 100_000_000 });
    expect(problems[0]?.code).toBe(kind);
  });

  it('keeps CRLF inside a quoted cell and takes it off the ends of lines', async () => {
    const { cells, problems } = await read('id,note\r\na,"x\r\ny"\r\nb,z\r\n');
    expect(cells).toEqual([
      ['a', 'x\r\ny'],
      ['b', 'z'],
    ]);
    expect(problems).toEqual([]);
  });

  it('write then read is identity, however the bytes are cut', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', 'é', '字', ',', '"', '\n', ' ', ';', '\u{1F600}'),
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.stringMatching(/^[a-z]{1,5}$/), cell, cell), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 50 }),
        async (data, chunkBytes) => {
          const text = Papa.unparse([['id', 'a', 'b'], ...data], { newline: '\n' });
          const { cells, rows, problems } = await read(text, { delimiter: ',' }, chunkBytes);
          expect(problems).toEqual([]);
          expect(cells).toEqual(data);
          const lines = text.split('\n');
          for (const [index, row] of rows.entries()) {
            expect(lines[row.line - 1]!.replace(/^"/, '').startsWith(data[index]![0])).toBe(true);
          }
        },
      ),
    );
  });

  it('calls a row with too many cells faulty and one with too few fine', async () => {
    const { problems, cells } = await read('id,a,b\n1,x,y,z\n2\n');
    expect(problems).toMatchObject([{ code: 'too-many-cells', line: 2, column: 4, wholeFile: false }]);
    expect(cells[1]).toEqual(['2']);
  });

  it('names the line where broken quotes begin', async () => {
    const stray = await read('id,a\n1,"x"y"\n2,z\n', { delimiter: ',' });
    expect(stray.problems).toMatchObject([{ code: 'broken-quotes', line: 2 }]);
    const open = await read('id,a\n1,ok\n2,"never closed\n3,z\n', { delimiter: ',' }, 5);
    expect(open.problems).toMatchObject([{ code: 'broken-quotes', line: 3 }]);
  });

  it('lets nobody step over broken quotes that have swallowed other rows', async () => {
    const alone = await read('id,a\n1,"x"y"\n2,z\n', { delimiter: ',' });
    expect(alone.problems).toMatchObject([{ line: 2, wholeFile: false }]);
    const inTheMiddle = await read('id,a\n1,"x"y\n2,z\n3,"w"\n4,v\n', { delimiter: ',' });
    expect(inTheMiddle.problems).toMatchObject([{ line: 2, wholeFile: false }]);
    expect(inTheMiddle.rows).toHaveLength(4);
    const open = await read('id,a\n1,ok\n2,"never closed\n3,z\n', { delimiter: ',' });
    expect(open.problems).toMatchObject([{ line: 3, wholeFile: true }]);
    const withoutLineEnd = await read('id,a\n1,ok\n2,"never closed\n3,z', { delimiter: ',' });
    expect(withoutLineEnd.problems).toMatchObject([{ line: 3, wholeFile: true }]);
  });

  it('does not hold a whole file because of one quote', async () => {
    const text = `id,a\n1,"open\n${'2,x\n'.repeat(1_000_000)}`;
    const { problems } = await read(text, { delimiter: ',' });
    expect(problems).toMatchObject([{ code: 'row-too-large', line: 2, wholeFile: true }]);
  });

  it('our-not-utf8: names line and cell, and goes on', async () => {
    const file = Buffer.concat([
      Buffer.from('id,a,b\n1,x,y\n2,Z'),
      Buffer.from([0xfc]),
      Buffer.from('rich,y\n3,x,y\n'),
    ]);
    const { problems, rows } = await read(file);
    expect(problems).toMatchObject([{ code: 'not-utf8', line: 3, column: 2, wholeFile: false }]);
    expect(rows).toHaveLength(3);
  });

  it('our-not-utf8: names the cell even after line breaks and delimiters in quotes', async () => {
    const file = Buffer.from('id,a,b\n1,"x,\ny","z,\xfc"\n', 'latin1');
    const { problems } = await read(file, { delimiter: ',' });
    expect(problems).toMatchObject([{ code: 'not-utf8', line: 3, column: 3 }]);
  });

  it('refuses a header row that is not UTF-8, UTF-16 and CR line ends as a whole', async () => {
    const latin = await read(Buffer.from('id,Stra\xdfe\n1,x\n', 'latin1'));
    expect(latin.problems).toMatchObject([{ code: 'not-utf8', wholeFile: true }]);
    await expect(read(Buffer.from('id,a\n1,x\n', 'utf16le'))).rejects.toMatchObject({
      problem: { code: 'not-utf8', wholeFile: true, message: expect.stringContaining('--encoding utf-16le') },
    });
    const mac = await read('id,a\r1,x\r2,y\r');
    expect(mac.problems).toMatchObject([{ code: 'line-ends', wholeFile: true }]);
  });

  it('notices a line feed among CRLF line ends', async () => {
    const { problems } = await read('id,a\r\n1,x\n2,y\r\n3,z\r\n', { delimiter: ',' });
    expect(problems.map((problem) => problem.line)).toContain(2);
  });

  it('never takes two rows for one where a line feed stands among CRLF line ends, quotes or not', async () => {
    const { problems, rows } = await read('id,a,b,c\r\n0,"two\nlines"\r\n1,x\n2,y\r\n3,"q"\r\n4\r\n', {
      delimiter: ',',
    });
    expect(problems).toMatchObject([{ code: 'line-ends', line: 4, wholeFile: true }]);
    expect(rows.map((row) => row.line)).toEqual([2, 4, 5, 6, 7]);
  });

  it('keeps line feeds in quoted cells of a file with CRLF line ends, however the cells look', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', ' '), maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constant('x'), cell, cell), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 50 }),
        async (data, chunkBytes) => {
          const text = Papa.unparse([['id', 'a', 'b'], ...data], { newline: '\r\n' });
          const { cells, problems } = await read(text, { delimiter: ',' }, chunkBytes);
          expect(problems).toEqual([]);
          expect(cells).toEqual(data);
        },
      ),
    );
  });

  it('lets surplus cells be empty, as spreadsheets write them', async () => {
    const { problems, rows } = await read('id,a\n1,x,, \n2,y,,z\n');
    expect(problems).toMatchObject([{ code: 'too-many-cells', line: 3 }]);
    expect(rows).toHaveLength(2);
  });

  it('calls an empty input empty', async () => {
    for (const text of ['', '\n\n', ' \n']) {
      const { problems } = await read(text);
      expect(problems).toMatchObject([{ code: 'empty-input', wholeFile: true }]);
    }
  });
});

describe('NDJSON', () => {
  it('reads flat objects under the union of their keys', async () => {
    const { table, columns, cells, rows } = await read(
      '\uFEFF{"id":"a","n":1,"t":true}\r\n\n{"z":null,"id":"b","__proto__":"p"}\n',
    );
    expect(table.format).toBe('ndjson');
    expect(columns).toEqual(['id', 'n', 't', 'z', '__proto__']);
    expect(cells[0]).toEqual(['a', '1', 'true']);
    expect([...cells[1]!]).toEqual(['b', undefined, undefined, '', 'p']);
    expect(rows.map((row) => row.line)).toEqual([1, 3]);
  });

  it.each([
    ['{"id":"a","x":{"y":1}}', { code: 'nested-value', column: 2, name: 'x' }],
    ['{"id":"a","x":[1]}', { code: 'nested-value', column: 2, name: 'x' }],
    ['{"id":"\\ud800"}', { code: 'lone-surrogate' }],
    ['[1]', { code: 'not-an-object' }],
    ['null', { code: 'not-an-object' }],
    ['{"id":', { code: 'not-an-object' }],
  ])('finds problem with %s', async (line, problem) => {
    const { problems, rows } = await read(`{"id":"ok"}\n${line}\n{"id":"ok"}\n`);
    expect(problems).toMatchObject([{ line: 2, wholeFile: false, ...problem }]);
    expect(rows).toHaveLength(3);
  });

  it('stops when keys turn out to be data', async () => {
    const text = Array.from({ length: 10_050 }, (_, index) => `{"id":"a","k${index}":1}`).join('\n');
    const { problems } = await read(text);
    expect(problems).toMatchObject([{ code: 'too-many-columns', wholeFile: true }]);
  });

  it('does not hold a line that never ends', async () => {
    const { problems } = await read(`{"id":"${'x'.repeat(3_000_000)}`, {}, 1 << 16);
    expect(problems).toMatchObject([{ code: 'row-too-large', wholeFile: true }]);
  });
});
