/** The problem rows of an upload: whole, as they were, and readable with the options that found the problems. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createUploader,
  type InputOptions,
  type InputRefused,
  type UploadSource,
} from '../../../../src/client/index.ts';

let outcomes: string;
beforeEach(() => void (outcomes = mkdtempSync(join(tmpdir(), 'tpe-outcomes-'))));
afterEach(() => rmSync(outcomes, { recursive: true }));

/** Refused, so that nobody is asked. */
async function refused(source: UploadSource, options: InputOptions): Promise<InputRefused> {
  const uploader = createUploader({ endpoint: 'http://127.0.0.1:1', client: 'demo', outcomes, ...options });
  const result = await uploader.upload(source);
  if (result.kind !== 'input-refused') throw new Error('It was sent.');
  return result;
}

const written = (part: string) => readdirSync(outcomes).filter((name) => name.includes(part));
const contentOf = (name: string) => readFileSync(join(outcomes, name), 'utf8');

const CASES: readonly (readonly [string, string, InputOptions, string])[] = [
  [
    'cells of every kind',
    'thirdPartyId,a,b\nA1,"x, ""y""",z\nb/1,"x, ""y""\nnext","ü"\n',
    {},
    'b/1,"x, ""y""\nnext","ü"\n',
  ],
  ['too many cells', 'thirdPartyId,a\nA1,x\nA2,x,y,z\n', {}, 'A2,x,y,z\n'],
  ['a broken quote', 'thirdPartyId,a\nA1,"x"y\nA2,z\n', {}, 'A1,"x"y\n'],
  ['a last row without line end', 'thirdPartyId,a\nA1,x\n+,"y"', {}, '+,"y"\n'],
  ['CRLF', 'thirdPartyId,a\r\nA1,x\r\n/,y\r\n', {}, '/,y\r\n'],
  ['another delimiter', 'thirdPartyId;a\nA1;x,y\n/;1,5\n', {}, '/;1,5\n'],
  ['a delimiter that was named', 'thirdPartyId^a\nA1^x\n/^y\n', { delimiter: '^' }, '/^y\n'],
  ['a renamed column', 'id,city\n/,Basel\n', { idColumn: 'id', rename: { city: 'town' } }, '/,Basel\n'],
  ['NDJSON', '{"thirdPartyId":"/","a":1.50}\n{"thirdPartyId":"1"}\n', {}, '{"thirdPartyId":"/","a":1.50}\n'],
  ['what is no JSON', '{"thirdPartyId":"1"}\n{"thirdPartyId":}\n', {}, '{"thirdPartyId":}\n'],
  ['a JSON array', '[{"thirdPartyId":"1"},\n {"thirdPartyId":\n  "/"}]', {}, '{"thirdPartyId": "/"}\n'],
  ['a batch file', 'batch=thirdPartyId,a\nA1,%41\nA2,%zz\n', {}, 'A2,%zz\n'],
];

describe('problem rows', () => {
  it.each(CASES)(
    'of %s are whole, and are the same problems when they are read again',
    async (_, text, options, rows) => {
      const first = await refused({ name: 'crm', text }, options);
      const [file, ...others] = written('problem-rows');
      expect(others).toEqual([]);
      expect(contentOf(file!).endsWith(`\n${rows}`) || contentOf(file!) === `\uFEFF${rows}`).toBe(true);
      const again = await refused(join(outcomes, file!), options);
      expect(again.problems.counts).toEqual(first.problems.counts);
      expect(again.rows).toBe(first.problems.count);
    },
  );

  it('of another encoding are UTF-8 with a mark, which wins over the encoding that is named again', async () => {
    const bytes = iconv.encode('thirdPartyId,ort\nA1,Köln\n/,Zürich\n', 'windows-1252');
    const options = { encoding: 'windows-1252' };
    await refused({ name: 'crm', open: () => [bytes] }, options);
    const [file] = written('problem-rows');
    expect(contentOf(file!)).toBe('\uFEFFthirdPartyId,ort\n/,Zürich\n');
    expect((await refused(join(outcomes, file!), options)).problems.counts).toEqual({ 'id-characters': 1 });
  });

  it('of files with different header rows are apart, and a row with two problems stands there once', async () => {
    const texts = ['thirdPartyId,a,\n/,x,unnamed\n', 'thirdPartyId,b\n/,y\n', 'thirdPartyId,a,\n+,z,\n'];
    await refused(
      texts.map((text, index) => ({ name: `${index}.csv`, text })),
      {},
    );
    expect(written('problem-rows').toSorted().map(contentOf)).toEqual([
      '\uFEFFthirdPartyId,b\n/,y\n',
      '\uFEFFthirdPartyId,a,\n/,x,unnamed\n+,z,\n',
    ]);
    const problems = contentOf(written('problems.csv')[0]!);
    expect(problems.split('\n')).toHaveLength(6);
    expect(problems).toContain(',"/,x,unnamed"\n');
  });

  it('are in no report: only ids are', async () => {
    const result = await refused({ name: 'crm', text: 'thirdPartyId,a\n/,secret\n' }, {});
    expect(JSON.stringify(result)).not.toContain('secret');
  });
});
