import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InputProblem, InputProblemCode, InputRefused } from '../../../../src/client/index.ts';
import { partBodies } from '../../../../src/client/plan/part-bodies.ts';
import { type Survey, surveyInput, type SurveyOptions } from '../../../../src/client/plan/survey-input.ts';
import { batchFileReader, resultOf } from '../../../../src/protocol/batch-file/read-batch-file.ts';
import { HeldBytes } from '../../../../src/client/spool/held-bytes.ts';
import { namelessFiles } from '../../../../src/client/spool/private-directory.ts';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import { collect, INPUT_DEFAULTS, inputOf } from '../support.ts';

const OPTIONS: SurveyOptions = {
  ...INPUT_DEFAULTS,
  delimiter: ',',
  partBytesMax: 49_000_000,
  partRowsMax: 500_000,
  callsPerMinute: Infinity,
};

async function survey(text: string, options: Partial<SurveyOptions> = {}): Promise<Survey | InputRefused> {
  return surveyInput(inputOf(text), { ...OPTIONS, ...options });
}

async function surveyed(text: string, options: Partial<SurveyOptions> = {}): Promise<Survey> {
  const result = await survey(text, options);
  if (result.kind !== 'survey') throw new Error(JSON.stringify(result.problems));
  return result;
}

async function problemsOf(
  text: string,
  options: Partial<SurveyOptions> = {},
  chunkBytes?: number,
): Promise<readonly InputProblem[]> {
  const result = await surveyInput(inputOf(text, chunkBytes), { ...OPTIONS, ...options });
  return result.kind === 'survey' ? result.plan.problems.first : result.problems.first;
}

/** Each part's body, and its rows as the service would read them. */
async function bodiesOf(text: string, options: Partial<SurveyOptions> = {}, chunkBytes?: number) {
  const input = inputOf(text, chunkBytes);
  const spool = namelessFiles();
  try {
    const held = new HeldBytes(spool, 'rows');
    const result = await surveyInput(input, { ...OPTIONS, ...options }, {}, held);
    if (result.kind !== 'survey') throw new Error(JSON.stringify(result.problems));
    const bodies = await partBodies(result, held, { areKept: false }, spool, {});
    const parts: { body: string; rows: { id: string; values: Record<string, string> }[] }[] = [];
    for (const planned of result.plan.parts) {
      const body = Buffer.concat(await collect(bodies(planned.part).open())).toString('utf8');
      expect(Buffer.byteLength(body)).toBe(planned.bytes);
      expect(body.split('\n')).toHaveLength(planned.rows + 2);
      parts.push({ body, rows: rowsOf(body) });
    }
    return parts;
  } finally {
    await spool.remove();
  }
}

function rowsOf(body: string): { id: string; values: Record<string, string> }[] {
  const rows: { id: string; values: Record<string, string> }[] = [];
  let names: readonly string[] = [];
  const reader = batchFileReader(DEFAULT_SETTINGS, {
    note: () => {},
    header: (header) => {
      names = header.attributes;
    },
    row(_, reading) {
      expect(reading.kind).not.toBe('failed');
      if (reading.kind !== 'row') return;
      const { attributes, values } = reading;
      rows.push({
        id: reading.id,
        values: Object.fromEntries(values.map((value, at) => [names[attributes[at]!], value])),
      });
    },
  });
  expect(resultOf(reader.write(Buffer.from(body)))).toBeUndefined();
  expect(resultOf(reader.end())).toHaveProperty('kind', 'read');
  return rows;
}

describe('the id column', () => {
  it.each([
    ['thirdPartyId,a\n1,x', {}, { idColumn: 'thirdPartyId', idKind: 'thirdPartyId' }],
    ['a,pcId\nx,1', {}, { idColumn: 'pcId', idKind: 'pcId' }],
    ['crm,a\n1,x', { idColumn: 'crm' }, { idColumn: 'crm', idKind: 'thirdPartyId' }],
    ['crm,a\n1,x', { idColumn: 'crm', idKind: 'pcId' as const }, { idColumn: 'crm', idKind: 'pcId' }],
    ['{"a":1,"pcId":"2"}\n{"thirdPartyId":"x","pcId":"3"}', {}, { idColumn: 'pcId', idKind: 'pcId' }],
  ])('of %j is found', async (text, options, expected) => {
    expect((await surveyed(text, options)).plan).toMatchObject(expected);
  });

  it.each([
    ['crm,a\n1,x', {}, ['no-id-column']],
    ['thirdPartyId,pcId\n1,x', {}, ['no-id-column']],
    ['a,b\n1,x', { idColumn: 'c' }, ['no-id-column']],
    ['{"a":1}', { idColumn: 'c' }, ['blank-id', 'no-id-column']],
  ])('of %j is missed', async (text, options, codes) => {
    expect(await problemsOf(text, options)).toMatchObject(codes.map((code) => ({ code })));
  });

  it('of an NDJSON may appear later than in the first object, but a misspelt one is told apart from empty ids', async () => {
    const late = await survey('{"a":1}\n{"crm":"7"}', { idColumn: 'crm', onProblem: 'skip' });
    expect(late).toMatchObject({ kind: 'survey', plan: { rows: 1, skippedRows: 1 } });
    const never = await survey('{"a":1}\n', { idColumn: 'crm', onProblem: 'skip' });
    expect(never).toMatchObject({ kind: 'input-refused', problems: { count: 2 } });
  });
});

describe('column mapping', () => {
  it('renames, drops and keeps', async () => {
    const text = 'id,a,b,c\n1,x,y,z\n';
    const [renamed] = await bodiesOf(text, { idColumn: 'id', rename: { a: 'first name' }, drop: ['b'] });
    expect(renamed!.body).toBe('batch=thirdPartyId,first%20name,c\n1,x,z\n');
    const [kept] = await bodiesOf(text, { idColumn: 'id', keep: ['c'] });
    expect(kept!.body).toBe('batch=thirdPartyId,c\n1,z\n');
  });

  it.each<[string, Partial<SurveyOptions>, InputProblemCode]>([
    ['thirdPartyId,a,a\n1,x,y', {}, 'duplicate-column'],
    ['thirdPartyId,thirdPartyId\n1,x', {}, 'duplicate-column'],
    ['thirdPartyId,a,b\n1,x,y', { rename: { a: 'b' } }, 'duplicate-column'],
    ['thirdPartyId,a\n1,x', { drop: ['b'] }, 'unknown-column'],
    ['thirdPartyId,a\n1,x', { keep: ['A'] }, 'unknown-column'],
    ['thirdPartyId,a\n1,x', { rename: { b: 'c' } }, 'unknown-column'],
  ])('finds problem with %j', async (text, options, code) => {
    expect(await problemsOf(text, options)).toMatchObject([{ code, wholeFile: true }]);
  });

  it.each<[string, Partial<SurveyOptions>, string]>([
    [
      'thirdPartyId,email,email.opt_in\n1,a@b.de,yes\n',
      { keep: ['email.opt_in'] },
      'batch=thirdPartyId,email.opt_in\n1,yes\n',
    ],
    ['user,user.id,t\nx,1,y\n', { idColumn: 'user.id', keep: ['t'] }, 'batch=thirdPartyId,t\n1,y\n'],
    ['thirdPartyId,a,a.b\n1,x,y\n', { drop: ['a'] }, 'batch=thirdPartyId,a.b\n1,y\n'],
    [
      '{"thirdPartyId":"1","a":"x"}\n{"thirdPartyId":"2","a":{"b":"y","c":"z"}}',
      { flatten: true, keep: ['a.b'] },
      'batch=thirdPartyId,a.b\n1\n2,y\n',
    ],
    [
      '{"thirdPartyId":"1","a":null,"d":"x"}\n{"thirdPartyId":"2","a":{"b":"y"},"d":"z"}',
      { flatten: true, drop: ['a'] },
      'batch=thirdPartyId,d\n1,x\n2,z\n',
    ],
    [
      '{"thirdPartyId":"1","a":"x"}\n{"thirdPartyId":"2","a":{}}',
      { flatten: true, keep: ['a'], rename: { a: 'b' } },
      'batch=thirdPartyId,b\n1,x\n2\n',
    ],
    [
      '{"thirdPartyId":"1","a":null}\n{"thirdPartyId":"2","a":{"c":1}}',
      { flatten: true, keep: ['a', 'a.c'] },
      'batch=thirdPartyId,a,a.c\n1\n2,,1\n',
    ],
  ])('takes no column for another whose name begins like it: %j with %j', async (text, options, body) => {
    expect(await bodiesOf(text, options)).toMatchObject([{ body }]);
  });

  it.each<Partial<SurveyOptions>>([
    { keep: ['address'] },
    { rename: { address: 'addr' } },
    { rename: { 'address.geo': 'geo' } },
  ])('leaves nothing out where %j names what is an object in some rows', async (options) => {
    const nested = { address: { city: 'Basel', geo: { x: 1 } } };
    const rows = [{ address: null, 'address.geo': '1' }, { address: 'none' }, nested, nested];
    const text = rows.map((row, index) => JSON.stringify({ thirdPartyId: String(index), ...row })).join('\n');
    const [problem, ...others] = await problemsOf(text, { flatten: true, onProblem: 'skip', ...options });
    expect(problem).toMatchObject({ code: 'unknown-column', line: 3, wholeFile: true });
    expect(problem!.message).toMatch(/is an object here.*such as "address\./);
    expect(others).toEqual([]);
  });

  it('empty-only-skipped: warns where it leaves nothing but the id', async () => {
    const warnings = async (text: string, keep?: string[]) => (await surveyed(text, { keep })).plan.warnings;
    const alone = [{ code: 'id-alone', rule: 'empty-only-skipped', count: 1 }];
    expect(await warnings('thirdPartyId,a\n1,x\n', [])).toMatchObject(alone);
    expect(await warnings('thirdPartyId\n1\n')).toMatchObject(alone);
    expect(await warnings('thirdPartyId,a\n1,x\n')).toEqual([]);
  });

  it('lets an unnamed column be empty, and nothing else', async () => {
    expect(await problemsOf('thirdPartyId,a,\n1,x,\n2,y,z\n')).toMatchObject([
      { code: 'unnamed-column', line: 3, column: 3 },
    ]);
  });
});

describe('rows', () => {
  it.each([
    ['{}\n{"thirdPartyId":"1","a":"x"}\n', {}],
    ['{"thirdPartyId":"1","a":"x"}\n{}\n', {}],
    ['[{},{"thirdPartyId":"1","a":"x"}]', {}],
    ['{"a":{}}\n{"thirdPartyId":"1","a":{"b":"x"}}\n', { flatten: true }],
  ])('that are left out have their problem, however %j arrives', async (text, options) => {
    for (const chunkBytes of [1, 3, 4, 10, undefined]) {
      const problems = await problemsOf(text, options, chunkBytes);
      expect([chunkBytes, problems]).toMatchObject([chunkBytes, [{ code: 'blank-id', wholeFile: false }]]);
    }
  });

  it.each([
    ['our-blank-key', ' ', 'blank-id'],
    ['key-3rd-len', 'x'.repeat(257), 'id-too-long'],
    ['key-3rd-chars', 'a+b', 'id-characters'],
    ['key-3rd-chars', 'a/b', 'id-characters'],
  ])('%s: the id %j is a problem', async (rule, id, code) => {
    expect(await problemsOf(`thirdPartyId,a\nok,1\n${id},2\n`)).toMatchObject([{ code, rule, line: 3, column: 1 }]);
  });

  it('key-3rd-len: 256 characters are fine, whatever they weigh', async () => {
    expect(await problemsOf(`thirdPartyId\n${'字'.repeat(256)}\n`)).toEqual([]);
  });

  it('a pcId may hold what a thirdPartyId may not', async () => {
    expect(await problemsOf(`pcId,a\na/b+c,1\n`)).toEqual([]);
  });

  it('a row that alone exceeds a part is a problem', async () => {
    const problem = { code: 'row-too-large', line: 3, rule: 'lim-file-size' };
    expect(await problemsOf(`thirdPartyId,a\n1,x\n2,${'x'.repeat(200)}\n`, { partBytesMax: 128 })).toMatchObject([
      problem,
    ]);
  });

  it('lists problems up to a bound and counts all', async () => {
    const text = `thirdPartyId,a\n${'a/b,1\n'.repeat(50)}`;
    const result = await survey(text, { problemsShown: 3 });
    expect(result).toMatchObject({ kind: 'input-refused', rows: 50, problems: { count: 50 } });
    expect(await problemsOf(text, { problemsShown: 3 })).toHaveLength(3);
  });

  it('nothing but faulty rows is nothing to send, even when they may be skipped', async () => {
    const result = await survey('thirdPartyId,a\na/b,1\n', { onProblem: 'skip' });
    expect(result).toMatchObject({ kind: 'input-refused', problems: { count: 2 } });
    expect(await survey('thirdPartyId,a\n')).toMatchObject({ kind: 'input-refused' });
  });
});

describe('parts', () => {
  const value = fc.string({
    unit: fc.constantFrom('a', 'é', '字', ',', '%', '+', '&', ' ', '=', '\u{1F600}'),
    maxLength: 8,
  });
  const table = fc.array(
    fc.tuple(fc.constantFrom('p1', 'p2', 'p3', 'ü', 'long-identifier', 'p1.28_20', 'p1.3'), value, value),
    {
      minLength: 1,
      maxLength: 40,
    },
  );
  const ndjson = (data: readonly (readonly [string, string, string])[]) =>
    data.map(([pcId, a, b]) => JSON.stringify({ pcId, a, b })).join('\n');
  const identity = (id: string) => id.replace(/\.\d+(_\d+)?$/, '');

  it('hold every row once, those of one visitor together and in order, within the limits; and encode then decode is identity', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.integer({ min: 40, max: 60 }),
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 1, max: 300 }),
        async (data, partRowsMax, extraBytes, chunkBytes) => {
          const partBytesMax = 2200 + extraBytes;
          const parts = await bodiesOf(ndjson(data), { partRowsMax, partBytesMax }, chunkBytes);
          const partOf = new Map<string, number>();
          for (const [part, { body, rows }] of parts.entries()) {
            expect(body.length).toBeLessThanOrEqual(partBytesMax);
            expect(body.split('\n').length - 2).toBeLessThanOrEqual(partRowsMax);
            for (const { id } of rows) {
              const other = partOf.get(identity(id)) ?? part;
              expect(other).toBe(part);
              partOf.set(identity(id), part);
            }
          }
          const expected = data
            .map(([id, a, b]) => ({ id, values: { ...(a === '' ? {} : { a }), ...(b === '' ? {} : { b }) } }))
            .filter(({ values }) => Object.keys(values).length > 0);
          const got = parts.flatMap((part) => part.rows);
          expect(got).toHaveLength(expected.length);
          for (const id of new Set(expected.map((row) => identity(row.id)))) {
            const ofId = (rows: typeof got) => rows.filter((row) => identity(row.id) === id);
            expect(ofId(got)).toEqual(ofId(expected));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are the same whenever the same input is split, however it is read', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 300 }), async (data, chunkBytes) => {
        const options = { partRowsMax: 40, partBytesMax: 2300 };
        const once = await bodiesOf(ndjson(data), options);
        const again = await bodiesOf(ndjson(data), options, chunkBytes);
        expect(again.map((part) => part.body)).toEqual(once.map((part) => part.body));
      }),
      { numRuns: 30 },
    );
  });

  it('are as few as the limits allow for many visitors', async () => {
    const text = `thirdPartyId,a\n${Array.from({ length: 10_000 }, (_, index) => `visitor-${index},x\n`).join('')}`;
    const { plan } = await surveyed(text, { partRowsMax: 1000 });
    expect(plan.parts).toHaveLength(10);
    expect(plan.parts.every((part) => part.rows <= 1000)).toBe(true);
    expect(plan.rows).toBe(10_000);
  });

  it('are split finer where one bucket of visitors is too large', async () => {
    const text = `thirdPartyId,a\n${Array.from({ length: 300 }, (_, index) => `${index % 100},x${index}\n`).join('')}`;
    const parts = await bodiesOf(text, { partRowsMax: 3 });
    expect(parts).toHaveLength(100);
    for (const { rows } of parts) expect(new Set(rows.map((row) => row.id)).size).toBe(1);
  });

  it('v2-override-caveat: refuses one visitor with more rows than a part may have', async () => {
    const text = `thirdPartyId,a\nb,1\n${'a,1\n'.repeat(4)}`;
    expect(await problemsOf(text, { partRowsMax: 3 })).toMatchObject([
      { code: 'id-too-large', line: 3, wholeFile: true },
    ]);
  });

  it('lim-rows, lim-file-size: a limit that is just met makes one part, one row more makes two', async () => {
    const text = 'thirdPartyId,a\n1,x\n2,y\n3,z\n';
    const bytes = 'batch='.length + text.length;
    expect((await surveyed(text, { partRowsMax: 3 })).plan.parts).toHaveLength(1);
    expect((await surveyed(text, { partRowsMax: 2 })).plan.parts).toHaveLength(2);
    expect((await surveyed(text, { partBytesMax: bytes })).plan.parts).toHaveLength(1);
    expect((await surveyed(text, { partBytesMax: bytes - 1 })).plan.parts).toHaveLength(2);
  });
});
