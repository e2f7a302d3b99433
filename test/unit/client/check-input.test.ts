/** Inputs of real life, each with the outcome that is right: sent as meant, or refused for what it is, or sent with a warning. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  checkInput,
  type CheckOptions,
  type InputRefused,
  type UploadPlan,
  type UploadSource,
} from '../../../src/client/index.ts';
import { source } from './support.ts';

const check = (input: string | Uint8Array, options: CheckOptions = {}, name?: string) =>
  checkInput(source(input, undefined, name), options);

/** Header row and first rows as they would be sent. */
async function sent(input: string | Uint8Array | UploadSource, options: CheckOptions = {}, name?: string) {
  const isText = typeof input === 'string' || input instanceof Uint8Array;
  const result = await (isText ? check(input, options, name) : checkInput(input, options));
  return asPlan(result).sample;
}

function asPlan(result: UploadPlan | InputRefused): UploadPlan {
  if (result.kind === 'plan') return result;
  throw new Error(JSON.stringify(result.problems.first));
}

async function problemsOf(input: string | Uint8Array, options: CheckOptions = {}) {
  const result = await check(input, options);
  return result.kind === 'input-refused' ? result.problems.first : [];
}

async function warningsOf(input: string, options: CheckOptions = {}) {
  const { warnings } = asPlan(await check(input, options));
  return warnings.map(({ code, name, count, first }) => [code, name, count, first.map(({ line }) => line)]);
}

describe('quotes that are not the first character of their cell', () => {
  const text = '"thirdPartyId", "Item", "Cost"\nA1, "Girls Socks", 7.97\nB2, "a, b", 2.97\n';

  it('are a problem of the header row, with the flag that honours them', async () => {
    expect(await problemsOf(text)).toMatchObject([
      { code: 'blank-and-quote', line: 1, column: 2, wholeFile: true, message: expect.stringContaining('--trim') },
    ]);
  });

  it('are honoured by --trim, delimiters in them included', async () => {
    expect(await sent(text, { trim: true })).toEqual([
      'batch=thirdPartyId,Item,Cost',
      'A1,Girls%20Socks,7.97',
      'B2,a%2C%20b,2.97',
    ]);
  });

  it.each([
    ['a blank before the quote, and the cell cut at its comma', 'id,a,b\n1, "x, y"\n', 2],
    ['a tab before the quote', 'id,a\n1,\t"x"\n', 2],
    ['a no-break space before the quote', 'id,a\n1,\u00A0"x"\n', 2],
    ['a byte order mark before the quote', 'id,a\n\uFEFF"1",x\n', 1],
    ['a blank behind the closing quote', 'id,a,b\n1,"x" ,y\n', 2],
  ])('%s: a problem of the row', async (_, csv, column) => {
    expect(await problemsOf(csv, { idColumn: 'id', delimiter: ',' })).toMatchObject([
      { code: 'blank-and-quote', line: 2, column, wholeFile: false },
    ]);
  });

  it.each([
    ['id,a,b\n1, "x, y" ,z\n', ['batch=thirdPartyId,a,b', '1,x%2C%20y,z']],
    ['id,a\n1,\u00A0"x"\n', ['batch=thirdPartyId,a', '1,x']],
    ['id,a\n\uFEFF"1",x\n', ['batch=thirdPartyId,a', '1,x']],
    ['id,a\n 1\u200E , x \n', ['batch=thirdPartyId,a', '1,x']],
  ])('--trim reads %j', async (csv, expected) => {
    expect(await sent(csv, { idColumn: 'id', delimiter: ',', trim: true })).toEqual(expected);
  });

  it('stay where they mean inches', async () => {
    expect(await sent('id,a\n1,5" pipe\n2,"3"" pipe"\n3,x\n', { idColumn: 'id' })).toEqual([
      'batch=thirdPartyId,a',
      '1,5%22%20pipe',
      '2,3%22%20pipe',
      '3,x',
    ]);
  });

  it('with something else behind them are broken, with --trim as well', async () => {
    const csv = 'id,a\n1,"x" y\n2,ok\n3,"z\n';
    for (const trim of [false, true]) {
      const problems = await problemsOf(csv, { idColumn: 'id', delimiter: ',', trim });
      expect(problems).toMatchObject([
        { code: 'broken-quotes', line: 2, column: 2, wholeFile: false },
        { code: 'broken-quotes', line: 4, column: 2 },
      ]);
    }
  });
});

describe('line ends', () => {
  it.each([
    ['a lone CR ends a row of an LF file', 'thirdPartyId,tier,city\nA1,gold\rB2,silver\nC3,x,y\n', 2, 2],
    ['a lone CR in a CRLF file', 'thirdPartyId,tier\r\nA1,gold\rB2\r\n', 2, 2],
    ['a lone CR beside quotes', 'thirdPartyId,a,b\n"A1",gold\rB2,"x"\n', 2, 2],
    ['a lone CR at the very end', 'thirdPartyId,tier\nA1,gold\r', 2, 2],
    ['a CR doubled', 'thirdPartyId,tier\nA1,gold\r\r\n', 2, 2],
  ])('%s: a problem of that line', async (_, text, line, column) => {
    expect(await problemsOf(text)).toMatchObject([{ code: 'line-ends', line, column, wholeFile: false }]);
  });

  it('keep a CR in quotes, wherever in the cell', async () => {
    expect(await sent('thirdPartyId,note\nA1,"one\r"\nB2,"\rx"\n')).toEqual([
      'batch=thirdPartyId,note',
      'A1,one%0D',
      'B2,%0Dx',
    ]);
  });

  it('are read by the header row as a whole, not by a line break within its quotes', async () => {
    expect(await sent('thirdPartyId,"Loyalty\r\ntier"\nA1,gold\nB2,silver\n')).toEqual([
      'batch=thirdPartyId,Loyalty%0D%0Atier',
      'A1,gold',
      'B2,silver',
    ]);
  });

  it.each(['id,a\r1,x\r', '"id","a"\r"1","x"\r', '"id","a"\r"1","x\ny"\r'])('CR alone is named: %j', async (text) => {
    const [problem] = await problemsOf(text);
    expect(problem).toMatchObject({ code: 'line-ends', line: 1, wholeFile: true });
    expect(problem!.message).toMatch(/CR alone.*tr '\\r' '\\n' < FILE \| tpe upload -/);
  });
});

describe('what nobody sees', () => {
  it('files that were joined: the second header row, with or without a byte order mark, is no visitor', async () => {
    for (const mark of ['', '\uFEFF']) {
      const joined = `\uFEFFthirdPartyId,tier\nA1,gold\n${mark}thirdPartyId,tier\nB2,silver\n`;
      expect(await problemsOf(joined)).toMatchObject([{ code: 'repeated-header', line: 3, column: 1 }]);
      expect(await sent(joined, { onProblem: 'skip' })).toEqual(['batch=thirdPartyId,tier', 'A1,gold', 'B2,silver']);
    }
  });

  it.each([
    [' A1', 'begins with a blank (U+0020)'],
    ['A1 ', 'ends with a blank (U+0020)'],
    ['A1\t', 'ends with a tab (U+0009)'],
    ['A1\u00A0', 'ends with a no-break space (U+00A0)'],
    ['\uFEFFA1', 'begins with a byte order mark (U+FEFF)'],
    ['\u200EA1', 'begins with a left-to-right mark (U+200E)'],
    ['A1\u202C', 'ends with an invisible character (U+202C)'],
    ['\u200BA1\u200B', 'begins with a zero-width space (U+200B)'],
  ])('the id %j is a problem, and --trim mends it', async (id, message) => {
    for (const text of [
      `tier,thirdPartyId\ngold,${id}\n`,
      `tier,thirdPartyId\n"gold","${id}"\n`,
      `${JSON.stringify({ tier: 'gold', thirdPartyId: id })}\n`,
    ]) {
      const [problem] = await problemsOf(text);
      expect(problem).toMatchObject({ code: 'blanks-around-id', message: expect.stringContaining(message) });
      expect(problem!.message).toContain('--trim');
      expect((await sent(text, { trim: true }))[1]).toBe('A1,gold');
    }
  });

  it('a byte order mark at the start of a row or in an id, and NUL anywhere in a CSV, are problems', async () => {
    const text = 'a,thirdPartyId\nx,A\uFEFF1\n\uFEFFy,B2\nz\0,C3\n';
    expect(await problemsOf(text)).toMatchObject([
      { code: 'hidden-character', line: 2, column: 2, name: 'thirdPartyId' },
      { code: 'hidden-character', line: 3, column: 1, message: expect.stringContaining('--trim') },
      { code: 'hidden-character', line: 4, column: 1, message: expect.stringContaining('NUL') },
    ]);
  });

  it('in the header row are one problem of the whole file', async () => {
    for (const name of ['a\0', 'a\uFEFFb']) {
      const problems = await problemsOf(`thirdPartyId,${name}\nA1,x\n`);
      expect(problems).toMatchObject([{ code: 'hidden-character', line: 1, column: 2, wholeFile: true }]);
      expect(problems).toHaveLength(1);
    }
  });

  it('within a value they are warned of', async () => {
    expect(await warningsOf('thirdPartyId,a\nA1,y\uFEFFz\n')).toEqual([['hidden-character', 'a', 1, [2]]]);
    const json = JSON.stringify({ thirdPartyId: 'A1', a: '\uFEFFx', b: 'n\0' });
    expect(await warningsOf(json)).toEqual([
      ['hidden-character', 'a', 1, [1]],
      ['control-character', 'b', 1, [1]],
    ]);
  });

  it('are looked for in every block, not only the first', async () => {
    const filler = 'v,x\n'.repeat(100_000);
    for (const [row, code] of [
      ['A\0,y', 'hidden-character'],
      ['\uFEFFA,y', 'hidden-character'],
      ['A,y\rB', 'line-ends'],
      ['A, "y"', 'blank-and-quote'],
    ] as const) {
      expect(await problemsOf(`thirdPartyId,a\n${filler}${row}\n`)).toMatchObject([{ code, line: 100_002 }]);
    }
  });

  it('several byte order marks before a quoted header row are taken off', async () => {
    expect(await sent('\uFEFF\uFEFF"thirdPartyId","tier"\nA1,gold\n')).toEqual(['batch=thirdPartyId,tier', 'A1,gold']);
  });
});

describe('JSON', () => {
  it('numbers keep the text they were written in', async () => {
    const line =
      '{"thirdPartyId":00,"a":1.10,"b":12345678901234567890,"c":1e3,"d":-0,"e":0.1000000000000000055,"f":1e999,"g":7}';
    const text = line.replace(':00', ':12345678901234567890.0');
    expect(await sent(text)).toEqual([
      'batch=thirdPartyId,a,b,c,d,e,f,g',
      '12345678901234567890.0,1.10,12345678901234567890,1e3,-0,0.1000000000000000055,1e999,7',
    ]);
  });

  it.each([
    ['{"thirdPartyId":"A1","t":"first","t":"second"}', 't'],
    ['{"thirdPartyId":"A1","thirdPartyId":"B2"}', 'thirdPartyId'],
    ['{"thirdPartyId":"A1","t\\u0041":1,"tA":2}', undefined],
    ['{"thirdPartyId":"A1","o":{"x":1,"x":2}}', 'x'],
  ])('one key twice is a problem: %s', async (line, name) => {
    const problems = await problemsOf(line, { flatten: true });
    expect(problems).toMatchObject([{ code: 'duplicate-key', line: 1, ...(name !== undefined && { name }) }]);
  });

  it('colons and quotes in texts are no keys', async () => {
    const line = JSON.stringify({ thirdPartyId: 'A1', a: '":"', b: 'x":', c: '\\":', d: ['y', ':'] });
    expect(await sent(line, { drop: ['d'] })).toHaveLength(2);
  });

  it('nested values can be dropped, kept by path, or flattened; else they are a problem that says so', async () => {
    const line = '{"user":{"id":"A1"},"address":{"city":"Bern","zip":[1]},"tier":"gold"}';
    expect(await problemsOf(line, { idColumn: 'tier' })).toMatchObject([
      { code: 'nested-value', name: 'user', message: expect.stringMatching(/--flatten.*--drop "user"/) },
      { code: 'nested-value', name: 'address' },
    ]);
    expect(await sent(line, { idColumn: 'tier', drop: ['user', 'address'] })).toEqual(['batch=thirdPartyId', 'gold']);
    expect(await sent(line, { idColumn: 'user.id', flatten: true, drop: ['address.zip'] })).toEqual([
      'batch=thirdPartyId,address.city,tier',
      'A1,Bern,gold',
    ]);
    const kept = { idColumn: 'user.id', flatten: true, keep: ['address.city'], rename: { 'address.city': 'city' } };
    expect(await sent(line, kept)).toEqual(['batch=thirdPartyId,city', 'A1,Bern']);
  });

  it('written over several lines is named for what it is, with the command that helps', async () => {
    const pretty = JSON.stringify({ thirdPartyId: 'A1', a: 1 }, undefined, 2);
    const [problem, ...others] = await problemsOf(`${pretty}\n${pretty}\n`);
    expect(problem).toMatchObject({ code: 'not-an-object', line: 1, wholeFile: true });
    expect(problem!.message).toContain('jq -c . FILE | tpe upload -');
    expect(others.every(({ code }) => code === 'not-an-object')).toBe(true);
  });

  it('nested deeper than anybody means is a problem, not the end of the program', async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const line = `{"thirdPartyId":"A1","b":${deep}}`;
    expect(await problemsOf(line)).toMatchObject([{ code: 'nested-value', name: 'b' }]);
    expect(await problemsOf(line, { flatten: true })).toMatchObject([{ code: 'nested-value' }]);
    expect(await sent(line, { drop: ['b'] })).toEqual(['batch=thirdPartyId', 'A1']);
  });

  it('paths that meet are a problem', async () => {
    const line = '{"thirdPartyId":"A1","a.b":1,"a":{"b":2}}';
    expect(await problemsOf(line, { flatten: true })).toMatchObject([{ code: 'duplicate-key', name: 'a.b' }]);
  });

  const ARRAY = '[\n  {"thirdPartyId":"A1","t":"x]"},\n  {"thirdPartyId":"B2","t":"\\"y,"}\n]\n';

  it('an array is read element by element, however it is cut, and on one line', async () => {
    const expected = ['batch=thirdPartyId,t', 'A1,x%5D', 'B2,%22y%2C'];
    for (const text of [ARRAY, ARRAY.replaceAll(/\n\s*/g, ''), `\uFEFF ${ARRAY}`]) {
      expect(await sent(text)).toEqual(expected);
      expect(await sent(source(text, 1))).toEqual(expected);
    }
  });

  it.each([
    ['[{"thirdPartyId":"A1"}', 'not-an-array', 1],
    ['[{"thirdPartyId":"A1"},]', 'not-an-array', 1],
    ['[{"thirdPartyId":"A1"}]\n]', 'not-an-array', 2],
    ['[\n{"thirdPartyId":"A1"}\n{"thirdPartyId":"B2"}]', 'not-an-object', 2],
    ['[{"thirdPartyId":"A1"},\n1]', 'not-an-object', 2],
    ['[{"thirdPartyId":"A1"},\n{"thirdPartyId":"B/"}]', 'id-characters', 2],
    [Buffer.from('[{"thirdPartyId":"A1"},\n{"thirdPartyId":"\xfc"}]', 'latin1'), 'not-utf8', 1],
  ])('what is wrong with %j is said with its line', async (text, code, line) => {
    expect(await problemsOf(text)).toMatchObject([{ code, line }]);
  });

  it('an array without elements has nothing to send', async () => {
    expect(await problemsOf('[]')).toMatchObject([{ code: 'empty-input' }]);
  });
});

describe('files as they come', () => {
  const CSV = 'thirdPartyId,city\nA1,Zürich\nB2,Bern\n';
  const SENT = ['batch=thirdPartyId,city', 'A1,Z%C3%BCrich', 'B2,Bern'];

  it.each([
    ['gzip', gzipSync(CSV)],
    ['gzip of two members', Buffer.concat([gzipSync(CSV.slice(0, 20)), gzipSync(CSV.slice(20))])],
    ['zstd', zstdCompressSync(CSV)],
  ])('%s is unpacked while it is read', async (_, bytes) => {
    expect(await sent(bytes)).toEqual(SENT);
    expect(await sent(source(bytes, 3))).toEqual(SENT);
  });

  it.each([
    ['gzip cut short', gzipSync(CSV).subarray(0, -9), /too early/],
    ['gzip with other data behind it', Buffer.concat([gzipSync(CSV), Buffer.from('rest,of,another')]), /damaged/],
    ['zstd cut short', zstdCompressSync(CSV).subarray(0, -3), /too early/],
    ['zstd of two frames', Buffer.concat([zstdCompressSync(CSV), zstdCompressSync(CSV)]), /zstd -d/],
    ['damaged zstd', Buffer.concat([zstdCompressSync(CSV).subarray(0, 6), Buffer.alloc(40, 7)]), /damaged|too early/],
  ])('%s is refused whole', async (_, bytes, message) => {
    const [problem] = await problemsOf(bytes);
    expect(problem).toMatchObject({ code: 'packed-data', wholeFile: true, message: expect.stringMatching(message) });
  });

  it('what expands more than a thousandfold is refused, whatever is in it', async () => {
    // 300 MB of one line in zstd: some 30 KB.
    const line = `${'x'.repeat(99)}\n`;
    const bomb = zstdCompressSync(`thirdPartyId\n${line.repeat(3_000_000)}`);
    expect(bomb.length).toBeLessThan(300_000);
    const problems = await problemsOf(bomb);
    expect(problems).toMatchObject([{ code: 'packed-data', message: expect.stringContaining('1000 times') }]);
  });

  it.each([
    ['PK\u0003\u0004', /\.xlsx/],
    ['\u00D0\u00CF\u0011\u00E0', /\.xls\b/],
    ['%PDF-1.7', /PDF/],
    ['BZh9', /bunzip2/],
    ['\u00FD7zXZ\0', /xz -dc/],
    ['7z\u00BC\u00AF', /7z/],
    ['PAR1', /Parquet/],
  ])('%j is named for what it is', async (start, message) => {
    const [problem] = await problemsOf(Buffer.from(`${start}rest of it`, 'latin1'));
    expect(problem).toMatchObject({ code: 'not-an-export', wholeFile: true, message: expect.stringMatching(message) });
  });

  it('encodings are read by name, and byte order marks obeyed whatever the name says', async () => {
    expect(await sent(Buffer.from(CSV, 'latin1'), { encoding: 'windows-1252' })).toEqual(SENT);
    expect(await sent(Buffer.from(CSV, 'utf16le'), { encoding: 'utf-16le' })).toEqual(SENT);
    const marked = Buffer.from(`\uFEFF${CSV}`, 'utf16le');
    expect(await sent(marked)).toEqual(SENT);
    expect(await sent(marked, { encoding: 'windows-1252' })).toEqual(SENT);
    expect(await sent(Buffer.from(marked).swap16())).toEqual(SENT);
    expect(await sent(gzipSync(marked))).toEqual(SENT);
    expect(await sent(source(marked, 1))).toEqual(SENT);
  });

  it.each(['utf-16le', 'utf-16be', 'utf-32le', 'utf-32be'])(
    '%s that breaks off within a character is a problem',
    async (encoding) => {
      const { default: iconv } = await import('iconv-lite');
      const whole = iconv.encode(CSV, encoding);
      expect(await sent(whole, { encoding })).toEqual(SENT);
      const cut = Buffer.concat([whole, iconv.encode('C-9', encoding).subarray(0, -1)]);
      expect((await problemsOf(cut, { encoding }))[0]).toMatchObject({ code: 'not-utf8' });
    },
  );

  it('an unknown encoding is wrong usage; what is not in the encoding is a problem with line and flag', async () => {
    await expect(check(CSV, { encoding: 'klingon' })).rejects.toMatchObject({ code: 'options-invalid' });
    await expect(check(CSV, { encoding: 'base64' })).rejects.toMatchObject({ code: 'options-invalid' });
    const latin = Buffer.from(CSV, 'latin1');
    expect(await problemsOf(latin)).toMatchObject([
      { code: 'not-utf8', line: 2, column: 2, message: expect.stringContaining('--encoding windows-1252') },
    ]);
    const broken = Buffer.from('thirdPartyId,a\nA1,\x81\n', 'latin1');
    expect(await problemsOf(broken, { encoding: 'windows-1252' })).toMatchObject([{ code: 'not-utf8', line: 2 }]);
  });

  it("Excel's sep= line is obeyed, in its usual forms, and no row", async () => {
    const excel = await check('sep=;\r\nthirdPartyId;tier\r\nA1;gold\r\nB/2;x\r\n', { onProblem: 'skip' });
    expect(asPlan(excel)).toMatchObject({ delimiter: ';', problems: { first: [{ line: 4 }] } });
    expect(await sent('\uFEFF"sep=|"\nthirdPartyId|tier\nA1|gold\n')).toEqual(['batch=thirdPartyId,tier', 'A1,gold']);
    expect(await sent('sep=;\nthirdPartyId,tier\nA1,gold\n', { delimiter: ',' })).toEqual([
      'batch=thirdPartyId,tier',
      'A1,gold',
    ]);
  });

  it('TSV is known by its name', async () => {
    const tsv = 'thirdPartyId\tnote\nA1\ta,b,c\n';
    for (const name of ['x.tsv', 'x.TAB', 'x.tsv.gz']) {
      expect(await sent(name.endsWith('gz') ? gzipSync(tsv) : tsv, {}, name)).toEqual([
        'batch=thirdPartyId,note',
        'A1,a%2Cb%2Cc',
      ]);
    }
    expect(await sent(tsv, { format: 'tsv' })).toHaveLength(2);
  });

  it('several files write into one set of attributes, each by its own header row', async () => {
    const files = [
      source('thirdPartyId,a,b\nA1,1,2\n', undefined, 'a.csv'),
      source('b;c;thirdPartyId\n3;4;B2\n', undefined, 'b.csv'),
      source('{"thirdPartyId":"C3","a":5}\n', undefined, 'c.ndjson'),
    ] as const;
    const plan = asPlan(await checkInput([...files].flat()));
    expect(plan.sample).toEqual(['batch=thirdPartyId,a,b,c', 'A1,1,2', 'B2,,3,4', 'C3,5']);
    expect(plan.input).toBe('a.csv and 2 more');
    expect(plan.warnings.map(({ code, name }) => [code, name])).toEqual([
      ['missing-column', 'a'],
      ['missing-column', 'c'],
    ]);
  });

  it('a problem and a warning name their file where there are several', async () => {
    const a = source('thirdPartyId,a\nA1,1\n', undefined, 'a.csv');
    const b = source('thirdPartyId,a\nB/2,1\nNULL,2\n', undefined, 'b.csv');
    const result = await checkInput([a, b].flat());
    expect(result.problems.first).toMatchObject([{ file: 'b.csv', line: 2, code: 'id-characters' }]);
    expect(result.warnings).toMatchObject([{ code: 'placeholder-id', first: [{ file: 'b.csv', line: 3 }] }]);
  });

  it('files with different kinds of id are refused', async () => {
    const files = [source('thirdPartyId\nA1\n', undefined, 'a'), source('pcId\n1.2\n', undefined, 'b')];
    expect(await checkInput(files.flat())).toMatchObject({
      problems: { first: [{ code: 'no-id-column', file: 'b' }] },
    });
  });

  it('a header row without an id says what may help', async () => {
    const [crm] = await problemsOf('3rdPartyId,a\n1,x\n');
    expect(crm!.message).toContain('--id-column 3rdPartyId');
    const [one] = await problemsOf('id^a\n1^x\n');
    expect(one!.message).toContain('--delimiter "^"');
  });

  it('an only header row has no rows, and no other problem', async () => {
    expect(await problemsOf('thirdPartyId,a\n', { drop: ['a'] })).toMatchObject([{ code: 'empty-input' }]);
  });
});

it('a source of another shape is told what a source is', async () => {
  for (const wrong of [new URL('file:///x.csv'), {}, [], [{}]] as UploadSource[]) {
    await expect(checkInput(wrong)).rejects.toMatchObject({ code: 'options-invalid' });
  }
});

describe('a batch file that is encoded already', () => {
  it('is sent as it stands, row for row', async () => {
    const batch = 'batch=thirdPartyId,a,b\nA1,x%2Cy\n\nB2,,"q"\r\nC3,';
    expect(await sent(batch)).toEqual(['batch=thirdPartyId,a,b', 'A1,x%2Cy', 'B2,,"q"\r', 'C3,']);
    expect(asPlan(await check(batch))).toMatchObject({ format: 'batch', rows: 3, distinctIds: 3 });
  });

  it('is judged as the API would', async () => {
    expect(await problemsOf('batch=thirdPartyId,a\nA/1,x\nB2,%zz\n')).toMatchObject([
      { code: 'batch-row', line: 2, column: 1, rule: 'key-3rd-chars' },
      { code: 'batch-row', line: 3, column: 2, rule: 'our-undecodable' },
    ]);
    expect(await problemsOf('batch=tier,a\nA1,x\n')).toMatchObject([
      { code: 'batch-refused', line: 1, rule: 'hdr-key-first', wholeFile: true },
    ]);
  });

  it('is warned about: quotes that would be part of the value, cells encoded twice', async () => {
    expect(await warningsOf('batch=thirdPartyId,a\nA1,"x"\n"B2",y\nC3,caf%25C3%25A9\nD4,100%25 off\n')).toEqual([
      ['batch-note', undefined, 2, [2, 3]],
      ['batch-note', undefined, 1, [4]],
    ]);
  });

  it('is not mapped, and not mixed with other files', async () => {
    const batch = 'batch=thirdPartyId,a\nA1,x\n';
    for (const options of [{ drop: ['a'] }, { idColumn: 'a' }, { trim: true }, { constants: { x: 'y' } }]) {
      expect(await problemsOf(batch, options)).toMatchObject([{ code: 'not-an-export' }]);
    }
    const mixed = await checkInput([source(batch), source('thirdPartyId\nA1\n')].flat());
    expect(mixed).toMatchObject({ problems: { first: [{ code: 'not-an-export' }] } });
  });
});

describe('mapping', () => {
  const CSV = 'id,"a, b","x=y",city\n1,2,3,Bern\n2,NULL,-,\n';

  it('renames and drops columns of any name', async () => {
    expect(await sent(CSV, { idColumn: 'id', rename: { 'a, b': 'ab' }, drop: ['x=y'] })).toEqual([
      'batch=thirdPartyId,ab,city',
      '1,2,Bern',
      '2,NULL',
    ]);
  });

  it('adds constants, and the id as an attribute', async () => {
    const options = { idColumn: 'id', keep: ['city'], constants: { source: 'crm' }, idAttribute: 'customerId' };
    expect(await sent(CSV, options)).toEqual(['batch=thirdPartyId,source,customerId,city', '1,crm,1,Bern', '2,crm,2']);
  });

  it('takes markers for nothing, and others for a value that says "cleared"', async () => {
    const options = { idColumn: 'id', nulls: ['NULL'], cleared: ['-', ''], clearedAs: 'none' };
    expect(await sent(CSV, options)).toEqual(['batch=thirdPartyId,a%2C%20b,x%3Dy,city', '1,2,3,Bern', '2,,none,none']);
    expect(await problemsOf('id\nNULL\n', { idColumn: 'id', nulls: ['NULL'] })).toMatchObject([{ code: 'blank-id' }]);
  });

  it.each<[string, CheckOptions]>([
    ['the id renamed', { rename: { id: 'customer' } }],
    ['the id dropped', { drop: ['id'] }],
    ['a column renamed and dropped', { rename: { city: 'town' }, drop: ['city'] }],
    ['a column renamed and not kept', { rename: { city: 'town' }, keep: ['x=y'] }],
    ['a constant called like a column', { constants: { city: 'Basel' } }],
    ['the id called like a column', { idAttribute: 'city' }],
    ['a constant called like the id', { constants: { c: 'x' }, idAttribute: 'c' }],
  ])('%s is refused, not ignored', async (_, options) => {
    expect(await problemsOf(CSV, { idColumn: 'id', ...options })).toMatchObject([{ wholeFile: true }]);
  });

  it('cells to be cleared need something to be sent for them', async () => {
    await expect(check(CSV, { idColumn: 'id', cleared: ['-'] })).rejects.toMatchObject({ code: 'options-invalid' });
  });
});

describe('warnings', () => {
  it('tell ids that stand for nobody, or were rewritten', async () => {
    const ids = ['NULL', 'undefined', 'test', 'unknown', '0', '1.23E12', '="00123"', "'A1'", 'a\u200Bb', 'A1', 'A1'];
    expect(await warningsOf(`thirdPartyId,a\n${ids.map((id) => `${id},x\n`).join('')}`)).toEqual([
      ['placeholder-id', 'thirdPartyId', 5, [2, 3, 4, 5, 6]],
      ['spreadsheet-value', 'thirdPartyId', 2, [7, 8]],
      ['quoted-value', 'thirdPartyId', 1, [9]],
      ['hidden-character', 'thirdPartyId', 1, [10]],
      ['repeated-id', undefined, 1, [12]],
    ]);
  });

  it('tell values that were hardly meant, by column', async () => {
    const values = [
      'null',
      '1.5E+10',
      '#REF!',
      "'x'",
      '\uFFFD',
      'x'.repeat(257),
      '字'.repeat(256),
      '1,5',
      '1E5',
      'nice',
    ];
    const rows = values.map((value, index) => `v${index};${value};\n`).join('');
    expect(await warningsOf(`thirdPartyId;a;b\n${rows}`)).toEqual([
      ['null-word', 'a', 1, [2]],
      ['spreadsheet-value', 'a', 2, [3, 4]],
      ['quoted-value', 'a', 1, [5]],
      ['lost-character', 'a', 1, [6]],
      ['long-value', 'a', 1, [7]],
      ['two-readings', 'a', 1, [9]],
      ['empty-column', 'b', 1, []],
    ]);
  });

  it('tell rows with fewer cells than the header row, wherever they stand, quoted or not, and not what only lacks a name', async () => {
    const full = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => `v${from + index},x,y\n`).join('');
    const text = (short: string) => `thirdPartyId,a,b\n${full(0, 20_000)}${short}${full(20_000, 20_000)}`;
    for (const short of ['s1,x\ns2\n', 's1,x\r\ns2\n', 's1,"x"\n"s2"\n'])
      expect(await warningsOf(text(short))).toEqual([['short-row', undefined, 2, [20_002, 20_003]]]);
    expect(await warningsOf(text('\ns1,,\n'))).toEqual([]);
    expect(await warningsOf('thirdPartyId,a,, \nv1,x\nv2,y,\nv3\n')).toEqual([['short-row', undefined, 1, [4]]]);
    expect(await warningsOf('{"thirdPartyId":"v1","a":1}\n{"thirdPartyId":"v2"}\n')).toEqual([]);
    const strict = await check(text('s1,x\n'), { strict: true });
    expect(strict).toMatchObject({
      kind: 'input-refused',
      problems: { counts: { warning: 1 }, first: [{ line: 20_002 }] },
    });
  });

  it('lim-profile-64k: tell a row with more than 64 KB, names included, and not one with just so much', async () => {
    const most = 65_536 - 'note'.length;
    const long = (length: number) => `thirdPartyId,note\nA1,${'x'.repeat(length)}\n`;
    expect((await warningsOf(long(most + 1))).map(([code]) => code)).toContain('large-profile');
    expect((await warningsOf(long(most))).map(([code]) => code)).not.toContain('large-profile');
  });

  it('hdr-paramname-only: tell columns called profile.x', async () => {
    expect(await warningsOf('thirdPartyId,profile.a\nA1,x\n')).toEqual([['profile-prefix', 'profile.a', 1, []]]);
    expect(await warningsOf('thirdPartyId,profile.a\nA1,x\n', { rename: { 'profile.a': 'a' } })).toEqual([]);
  });

  it('are problems with --strict, which nobody can step over', async () => {
    const result = await check('thirdPartyId,a\nNULL,x\n', { strict: true, onProblem: 'skip' });
    expect(result).toMatchObject({
      kind: 'input-refused',
      problems: { first: [{ code: 'warning', line: 2, name: 'thirdPartyId', wholeFile: true }] },
    });
  });

  it('are none for an ordinary file', async () => {
    expect(await warningsOf('thirdPartyId,a,b\nA1,x,1.5\nB2,y,2026-01-01\n')).toEqual([]);
  });
});

it('a source that has everything at once starves neither timers nor the signal', async () => {
  const chunk = Buffer.from('v,x\n'.repeat(30_000));
  const abort = new AbortController();
  let chunks = 0;
  const endless = {
    name: 'endless',
    async *open() {
      yield Buffer.from('thirdPartyId,a\n');
      for (; chunks < 100_000; chunks += 1) yield chunk;
    },
  };
  setImmediate(() => abort.abort(new Error('enough')));
  await expect(checkInput(endless, {}, { signal: abort.signal })).rejects.toMatchObject({ code: 'interrupted' });
  expect(chunks).toBeLessThan(100);
});

it('several streams are each read for what they hold', async () => {
  const stream = (name: string, text: string) => ({ name, chunks: [text] });
  const streams = [stream('a', 'thirdPartyId,city\nA1,Basel\n'), stream('b', 'thirdPartyId,city\nB2,Bern\n')];
  expect(await sent(streams)).toEqual(['batch=thirdPartyId,city', 'A1,Basel', 'B2,Bern']);
});
