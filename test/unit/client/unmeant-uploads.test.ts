/** Small files that kindred tools have sent otherwise than meant, byte for byte: each is sent as meant, or refused for what it is. */
import { describe, expect, it } from 'vitest';
import { checkInput, type CheckOptions, type InputProblemCode } from '../../../src/client/index.ts';

const check = (text: string, options: CheckOptions = {}) => checkInput({ name: 'crm', text }, options);

const SENT: readonly (readonly [what: string, text: string, rows: readonly string[], options?: CheckOptions])[] = [
  ['a batch file, as it stands', 'batch=thirdPartyId,tier\nA1,gold\n', ['batch=thirdPartyId,tier', 'A1,gold']],
  [
    'a quoted CR at the end of a row',
    'thirdPartyId,note\nA1,"line one\r"\nB2,"x"\n',
    ['batch=thirdPartyId,note', 'A1,line%20one%0D', 'B2,x'],
  ],
  [
    'CRLF in a quoted header cell of an LF file',
    'thirdPartyId,"Loyalty\r\ntier"\nA1,gold\nB2,silver\n',
    ['batch=thirdPartyId,Loyalty%0D%0Atier', 'A1,gold', 'B2,silver'],
  ],
  [
    'a column with commas in its name, dropped',
    'thirdPartyId;Nombre (100 caracteres o menos, obligatorio);x\nA1;Santa;1\n',
    ['batch=thirdPartyId,x', 'A1,1'],
    { drop: ['Nombre (100 caracteres o menos, obligatorio)'] },
  ],
  [
    'the same, renamed',
    'thirdPartyId;Nombre (100 caracteres o menos, obligatorio);x\nA1;Santa;1\n',
    ['batch=thirdPartyId,name,x', 'A1,Santa,1'],
    { rename: { 'Nombre (100 caracteres o menos, obligatorio)': 'name' } },
  ],
  ["Excel's sep= line", 'sep=;\r\nthirdPartyId;tier\r\nA1;gold\r\n', ['batch=thirdPartyId,tier', 'A1,gold']],
  [
    'a JSON array',
    '[\n  {"thirdPartyId":"A1","t":"x"},\n  {"thirdPartyId":"B2","t":"y"}\n]\n',
    ['batch=thirdPartyId,t', 'A1,x', 'B2,y'],
  ],
  [
    'two byte order marks before a quoted header',
    '\uFEFF\uFEFF"thirdPartyId","tier"\nA1,gold\n',
    ['batch=thirdPartyId,tier', 'A1,gold'],
  ],
  [
    'files that were joined, without the repeated header row',
    '\uFEFFthirdPartyId,tier\nA1,gold\n\uFEFFthirdPartyId,tier\nB2,silver\n',
    ['batch=thirdPartyId,tier', 'A1,gold', 'B2,silver'],
    { onProblem: 'skip' },
  ],
  [
    'quotes after blanks, trimmed',
    '"thirdPartyId", "Item", "Cost"\nA1, "Girls Socks", 7.97\nB2, "Baseball", 2.97\n',
    ['batch=thirdPartyId,Item,Cost', 'A1,Girls%20Socks,7.97', 'B2,Baseball,2.97'],
    { trim: true },
  ],
  [
    'blanks around ids, trimmed',
    'thirdPartyId, tier\n A1, gold\nB2 ,silver \n',
    ['batch=thirdPartyId,tier', 'A1,gold', 'B2,silver'],
    { trim: true },
  ],
];

const REFUSED: readonly (readonly [string, string, InputProblemCode, number, RegExp])[] = [
  ['a file that breaks off', 'thirdPartyId,tier,city\nA1,gold,Basel\nB2,sil', 'cut-row', 3, /2 of 3 cells/],
  ['a blank before a quote', '"thirdPartyId", "Item"\nA1, "Girls Socks"\n', 'blank-and-quote', 1, /--trim/],
  [
    'a lone CR in an LF file',
    'thirdPartyId,tier,city\nA1,gold\rB2,silver\nC3,x,y\n',
    'line-ends',
    2,
    /a row, or a value/,
  ],
  ['a second header row', '\uFEFFthirdPartyId,t\nA1,x\n\uFEFFthirdPartyId,t\nB2,y\n', 'repeated-header', 3, /joined/],
  ['a mark before an id', 'thirdPartyId,tier\nA1,gold\n\uFEFFB2,silver\n', 'hidden-character', 3, /byte order mark/],
  ['blanks around ids', 'thirdPartyId, tier\n A1, gold\nB2 ,silver \n', 'blanks-around-id', 2, /--trim/],
  ['CR alone', '"thirdPartyId","tier"\r"A1","gold"\r"B2","silver"\r', 'line-ends', 1, /CR alone/],
  [
    'one key twice',
    '{"thirdPartyId":"A1","t":"first","t":"second"}\n',
    'duplicate-key',
    1,
    /"t" stands in the object twice/,
  ],
];

/** Sent, with the word of warning. */
const WARNED: readonly (readonly [string, string, string])[] = [
  ['a column called profile.x', 'thirdPartyId,profile.email\nC1,a@b.example\n', 'hdr-paramname-only'],
  ['an id with its accent apart', 'thirdPartyId,a\ncafe\u0301,x\ncaf\u00E9,y\n', 'decomposed-id'],
  ['quotes in a batch file', 'batch=thirdPartyId,a,b\nA1,"Hello, world"\n"B2","Hi",Bern\n', 'our-quoted-cell'],
  ['cells encoded twice', 'batch=thirdPartyId,seg\nA1,w10%257Cw32\nB2,caf%25C3%25A9\n', 'our-encoded-twice'],
];

describe('what was hardly meant', () => {
  const sent = SENT.map(([what, text, rows, options]) => ({ what, text, rows, options }));
  it.each(sent)('is sent as it is meant: $what', async ({ text, rows, options }) => {
    expect(await check(text, options)).toMatchObject({ kind: 'plan', sample: rows });
  });

  it.each(REFUSED)('is refused with its line and what helps: %s', async (_, text, code, line, message) => {
    expect(await check(text)).toMatchObject({
      kind: 'input-refused',
      problems: { first: [{ code, line, message: expect.stringMatching(message) }, ...rest(code)] },
    });
  });

  it.each(WARNED)('is sent with a warning: %s', async (_, text, told) => {
    const result = await check(text);
    expect(result.kind).toBe('plan');
    expect(result.warnings.map(({ rule, code }) => rule ?? code)).toContain(told);
  });
});

/** Both rows of that file have one. */
const rest = (code: InputProblemCode) => (code === 'blanks-around-id' ? [{ code, line: 3 }] : []);
