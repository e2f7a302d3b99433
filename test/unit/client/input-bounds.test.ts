/** Inputs beyond what is read: each is refused by its code, in words, and nothing of it is held. */
import iconv from 'iconv-lite';
import { expect, it } from 'vitest';
import { createUploader, type InputRefused, type UploaderOptions } from '../../../src/client/index.ts';
import { ENDPOINT, source } from './support.ts';

async function planned(text: string | Uint8Array, options: Partial<UploaderOptions> = {}, name = 'crm.csv') {
  const uploader = createUploader({ endpoint: ENDPOINT, client: 'acme', ...options });
  return uploader.plan(source(text, 1 << 16, name));
}
async function refusal(...given: Parameters<typeof planned>) {
  const { problems } = (await planned(...given)) as InputRefused;
  return problems.first.map(({ code, message, line }) => ({ code, message, line }));
}

it('lim-rows: an input makes 10,000 parts at most, and not one more', async () => {
  const rows = (count: number) =>
    `thirdPartyId,a\n${Array.from({ length: count }, (_, index) => `v${index},x\n`).join('')}`;
  expect(await planned(rows(10_000), { partRowsMax: 1 })).toMatchObject({ kind: 'plan', rows: 10_000 });
  expect(await refusal(rows(10_001), { partRowsMax: 1 })).toEqual([
    {
      code: 'too-many-parts',
      message: 'The input makes 10001 parts; at most 10000 are sent in one upload. Allow larger parts.',
      line: undefined,
    },
  ]);
});

const keys = (count: number, name: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => name(index));

it('our-columns-max: a header row of more than 10,000 columns is refused', async () => {
  const header = (count: number) => `thirdPartyId,${keys(count - 1, (index) => `c${index}`).join()}\nv1\n`;
  expect((await refusal(header(10_001)))[0]).toMatchObject({
    code: 'too-many-columns',
    message: 'The header row names 10001 columns; at most 10000 are read.',
  });
});

it.each([
  ['an array', (rows: readonly string[]) => `[${rows.join(',\n')}]`, 'crm.json'],
  ['lines', (rows: readonly string[]) => rows.join('\n'), 'crm.ndjson'],
])(
  'our-columns-max: JSON objects (%s) with ever new keys are refused before they are held',
  async (_, textOf, name) => {
    const rows = keys(10_002, (index) => JSON.stringify({ thirdPartyId: `v${index}`, [`k${index}`]: 'x' }));
    expect(await refusal(textOf(rows), {}, name)).toMatchObject([
      {
        code: 'too-many-columns',
        message: 'The objects have more than 10000 different keys: keys seem to be data.',
      },
    ]);
  },
);

it.each([
  ['an array', '[{"thirdPartyId":"v1","a":"', 'crm.json'],
  ['lines', '{"thirdPartyId":"v1","a":"', 'crm.ndjson'],
])('an element of JSON (%s) that does not end is refused before all of it is held', async (_, start, name) => {
  const [problem] = await refusal(`${start}${'x'.repeat(3 * 1024 * 1024)}`, { partBytesMax: 65_536 }, name);
  expect(problem).toMatchObject({ code: 'row-too-large', line: 1 });
});

it('enc-utf8-percent: JSON that is no UTF-8 is refused by the line before it', async () => {
  const text = Buffer.from('[{"thirdPartyId":"v1"},\n{"thirdPartyId":"v\u00e9"}]', 'latin1');
  expect(await refusal(text, {}, 'crm.json')).toMatchObject([{ code: 'not-utf8' }]);
});

it.each(['utf-16le', 'utf-16be', 'utf-32le', 'utf8'])('%s is read by its byte order mark', async (encoding) => {
  const text = iconv.encode('thirdPartyId,city\nv1,Z\u00fcrich\n', encoding, { addBOM: true });
  expect(await planned(text)).toMatchObject({
    kind: 'plan',
    rows: 1,
    sample: ['batch=thirdPartyId,city', 'v1,Z%C3%BCrich'],
  });
});

it.each(['utf-16le', 'utf-16be'])(
  '%s without a mark is guessed, and the option that reads it is named',
  async (encoding) => {
    const text = iconv.encode('thirdPartyId,city\nv1,Bern\n', encoding, { addBOM: false });
    const [problem] = await refusal(text);
    expect(problem!.message).toContain(`--encoding ${encoding}`);
    expect(await planned(text, { encoding })).toMatchObject({ kind: 'plan', rows: 1 });
  },
);

it('bytes that are mostly NUL are no text', async () => {
  expect(await refusal(Buffer.alloc(200))).toMatchObject([
    { code: 'not-utf8', message: 'This is no text: its first bytes hold NUL.' },
  ]);
});

it('what is said to be a JSON array and is none is refused by its first character', async () => {
  expect(await refusal('thirdPartyId,city\nv1,Bern\n', { format: 'json' })).toMatchObject([
    { code: 'not-an-array', message: expect.stringContaining('This is no JSON array.') },
  ]);
});
