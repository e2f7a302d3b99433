/** One file through both versions: every difference, with the rule behind it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type Comparison,
  type ComparisonProgress,
  type CompareOptions,
  compareVersions,
} from '../../../src/compare/index.ts';
import type { SeedProfile } from '../../../src/server/index.ts';

const inMemory = (text: string) => ({
  name: 'file',
  async *open() {
    // In small pieces: what kind of file it is stands across several.
    for (const byte of Buffer.from(text)) yield Buffer.of(byte);
  },
});

async function compared(text: string, options: CompareOptions = {}): Promise<Comparison> {
  const result = await compareVersions(inMemory(text), options);
  if (result.kind !== 'comparison') throw new Error(`not compared: ${JSON.stringify(result)}`);
  return result;
}

const profile = (value: string, attributes: Readonly<Record<string, string>>): SeedProfile => ({
  id: { kind: 'thirdPartyId', value },
  attributes,
});

const waits = (row: number) => ({
  outcome: 'created',
  rule: 'ca-creates',
  message: `Row ${row}: a record waits for the visitor.`,
});

const BATCH_FILE = 'batch=thirdPartyId,tier,city\nann,gold,\nbob,silver,Rome\ncat,,\nb/b,x\nbob,gold,';

describe('a comparison', () => {
  it.each([
    { input: undefined, options: {} },
    { input: 5, options: {} },
    { input: { name: 'a.csv' }, options: {} },
    { input: 'a.csv', options: null },
  ])('names what is wrong with $input, $options', async ({ input, options }) => {
    const error = await compareVersions(input as never, options as never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'options-invalid' });
    expect(String(error)).toMatch(/takes a path, or \{ name, open \}|options are an object/);
  });

  it('v1-update-only, v2-upsert: counts outcomes and lists the rows and attributes that differ, each with its rules', async () => {
    const result = await compared(BATCH_FILE, { profiles: [profile('ann', { tier: 'none', city: 'Oslo' })] });
    expect(result).toMatchObject({
      input: 'file',
      sent: 'batch-file',
      seeded: 1,
      rows: 5,
      skippedRows: 0,
      different: true,
      pendingProfiles: 2,
      rowsNotCompared: 0,
    });
    expect(result.outcomes).toEqual({
      v1: [
        { outcome: 'updated', rule: 'v1-merge-keys', count: 1 },
        { outcome: 'not-found', rule: 'v1-update-only', count: 2 },
        { outcome: 'failed', rule: 'key-3rd-chars', count: 1 },
        { outcome: 'ignored', rule: 'empty-only-skipped', count: 1 },
      ],
      v2: [
        { outcome: 'updated', rule: 'v2-upsert', count: 2 },
        { outcome: 'created', rule: 'v2-upsert', count: 1 },
        { outcome: 'failed', rule: 'key-3rd-chars', count: 1 },
        { outcome: 'ignored', rule: 'empty-only-skipped', count: 1 },
      ],
      customerAttributes: [
        { outcome: 'updated', rule: 'ca-match-3rd', count: 1 },
        { outcome: 'created', rule: 'ca-creates', count: 2 },
        { outcome: 'failed', rule: 'key-3rd-chars', count: 1 },
        { outcome: 'ignored', rule: 'ca-header', count: 1 },
      ],
    });
    expect(result.differingRows).toEqual({
      count: 3,
      first: [
        {
          part: 1,
          row: 2,
          id: 'bob',
          v1: { outcome: 'not-found', rule: 'v1-update-only', message: expect.stringContaining('Row 2') },
          v2: { outcome: 'created', rule: 'v2-upsert', message: 'Row 2: a profile was created.' },
          customerAttributes: {
            outcome: 'ignored',
            rule: 'ca-header',
            message: 'Row 2: a later row has the same customer id.',
          },
        },
        expect.objectContaining({ row: 3, id: 'cat', customerAttributes: waits(3) }),
        expect.objectContaining({ row: 5, id: 'bob', v2: expect.objectContaining({ outcome: 'updated' }) }),
      ],
    });
    const rules = { v1: 'v1-update-only', v2: 'v2-upsert' };
    const removes = 'ca-null-removes';
    const kept = { v1: 'empty-ignored', v2: 'empty-ignored', customerAttributes: removes };
    expect(result.differingProfiles).toEqual({
      count: 3,
      first: [
        {
          id: 'ann',
          exists: { v1: true, v2: true, customerAttributes: true },
          attributes: [{ name: 'city', v1: 'Oslo', v2: 'Oslo', customerAttributes: null, rules: kept }],
        },
        {
          id: 'bob',
          exists: { v1: false, v2: true, customerAttributes: true },
          attributes: [
            {
              name: 'city',
              v1: null,
              v2: 'Rome',
              customerAttributes: null,
              rules: { ...rules, customerAttributes: removes },
            },
            {
              name: 'tier',
              v1: null,
              v2: 'gold',
              customerAttributes: 'gold',
              rules: { ...rules, customerAttributes: 'ca-own-namespace' },
            },
          ],
        },
        { id: 'cat', exists: { v1: false, v2: false, customerAttributes: true }, attributes: [] },
      ],
    });
    expect(result.rules.map(({ id }) => id)).toEqual([
      'v1-merge-keys',
      'v1-update-only',
      'key-3rd-chars',
      'empty-only-skipped',
      'v2-upsert',
      'ca-match-3rd',
      'ca-creates',
      'ca-header',
      'empty-ignored',
      'ca-null-removes',
      'ca-own-namespace',
      'v2-override-caveat',
      'our-v1-third-party-id',
      'ca-transport',
      'ca-ids',
      'ca-sharing',
      'hdr-paramname-only',
      'ca-shows-audience',
      'sgl-params',
      'ca-page-readonly',
    ]);
  });

  it('ca-ids: says why a file with pcIds cannot be brought as customer attributes, and compares the versions alone', async () => {
    const result = await compared('batch=pcId,a\n1,x');
    expect(result.attributesRefused).toMatchObject({ rule: 'ca-ids', message: expect.stringContaining('pcId') });
    expect(Object.keys(result.outcomes)).toEqual(['v1', 'v2']);
    expect(result.differingRows.first[0]).not.toHaveProperty('customerAttributes');
  });

  it.each([
    ['ca-name-no-dot', 'a.b'],
    ['ca-name-no-blank', 'a%22b'],
    ['ca-name-len', 'a'.repeat(251)],
  ])('%s: says why a file of customer attributes fails as a whole', async (rule, name) => {
    const { attributesRefused } = await compared(`batch=thirdPartyId,${name}\nann,x`);
    expect(attributesRefused).toMatchObject({ rule, row: 0, column: 2 });
  });

  it('ca-name-no-blank: an attribute whose name has a blank is left aside, where the bulk API takes it', async () => {
    const { differingProfiles } = await compared('batch=thirdPartyId,my tier,b\nann,x,y', {
      profiles: [profile('ann', {})],
    });
    expect(differingProfiles.first[0]!.attributes).toEqual([
      expect.objectContaining({ name: 'my tier', v1: 'x', v2: 'x', customerAttributes: null }),
    ]);
    expect(differingProfiles.first[0]!.attributes[0]!.rules.customerAttributes).toBe('ca-name-no-blank');
  });

  it('ca-quoting: carries every value as it is, quotes, backslashes and line breaks included', async () => {
    const cells = ['"', String.raw`\"`, '\\', 'a,b', 'a\nb', '☕', ' '].map(encodeURIComponent);
    const rows = cells.map((cell, index) => `id${index},${cell}`);
    const result = await compared(['batch=thirdPartyId,a', ...rows].join('\n'));
    expect(result.attributesRefused).toBeUndefined();
    for (const { attributes } of result.differingProfiles.first) {
      for (const { v2, customerAttributes } of attributes) expect(customerAttributes).toBe(v2);
    }
    expect(result.differingProfiles.count).toBe(cells.length);
  });

  it('ca-creates: rows that cannot be read, or have no id, make no record', async () => {
    const { outcomes } = await compared('batch=thirdPartyId,a\n,x\nann,%ZZ\nbob,x\ncat');
    expect(outcomes.customerAttributes).toEqual([
      { outcome: 'created', rule: 'ca-creates', count: 2 },
      { outcome: 'failed', rule: 'ca-header', count: 1 },
      { outcome: 'failed', rule: 'our-undecodable', count: 1 },
    ]);
  });

  it('ca-sharing: has a table of what sets the ways apart whatever the file is, with the sentence of each rule', async () => {
    const { traits, rules } = await compared('batch=pcId,a\n1,x');
    const known = new Set(rules.map(({ id }) => id));
    for (const { answers } of traits) for (const { rule } of Object.values(answers)) expect(known).toContain(rule);
    expect(traits.find(({ question }) => question === 'shared with Analytics')?.answers).toEqual({
      v1: { says: 'no', rule: 'ca-sharing' },
      v2: { says: 'no', rule: 'ca-sharing' },
      customerAttributes: { says: 'can be', rule: 'ca-sharing' },
    });
    const documented = readFileSync('docs/customer-attributes.md', 'utf8');
    for (const { question, answers } of traits) {
      const row = documented.split('\n').find((line) => line.startsWith(`| ${question} `));
      const cells = row
        ?.replaceAll(/`|\(.*?\)/g, '')
        .split('|')
        .map((cell) => cell.trim());
      expect(cells?.slice(2, 5)).toEqual(Object.values(answers).map(({ says }) => says));
    }
  });

  it('says so where nothing differs', async () => {
    const result = await compared('batch=pcId,a\n1,x', {
      profiles: [{ id: { kind: 'pcId', value: '1' }, attributes: {} }],
    });
    expect(result).toMatchObject({
      different: false,
      differingRows: { count: 0, first: [] },
      differingProfiles: { count: 0, first: [] },
      pendingProfiles: 0,
    });
  });

  it('counts every difference and lists as many as asked for', async () => {
    const rows = Array.from({ length: 30 }, (_, index) => `id${index},x`);
    const file = ['batch=thirdPartyId,a', ...rows].join('\n');
    const { differingRows, differingProfiles } = await compared(file, { differencesMax: 3 });
    for (const { count, first } of [differingRows, differingProfiles]) expect([count, first.length]).toEqual([30, 3]);
    expect((await compared(file, { differencesMax: Number.POSITIVE_INFINITY })).differingRows.first).toHaveLength(30);
  });

  it('sends an export through the uploader, leaving out faulty rows where told', async () => {
    const csv = 'customer,tier\nann,gold\na/b,gold\n';
    const options = { idColumn: 'customer', profiles: [profile('ann', { tier: 'gold' })] };
    expect(await compareVersions(inMemory(csv), options)).toMatchObject({
      kind: 'input-refused',
      problems: { count: 1 },
    });
    const result = await compared(csv, { ...options, onProblem: 'skip' });
    expect(result).toMatchObject({ sent: 'upload', rows: 1, skippedRows: 1, different: false });
    expect(result.outcomes.v1).toEqual([{ outcome: 'updated', rule: 'v1-merge-keys', count: 1 }]);
  });

  it('key-3rd-chars: as customer attributes a row is no more written than in a batch, and the others are', async () => {
    const { outcomes } = await compared('batch=thirdPartyId,tier\nann,gold\na/b,gold\na%2Bb,gold');
    expect(outcomes.customerAttributes).toEqual([
      { outcome: 'created', rule: 'ca-creates', count: 1 },
      { outcome: 'failed', rule: 'key-3rd-chars', count: 2 },
    ]);
  });

  it('takes the readings it is given', async () => {
    const accepted = await compared(BATCH_FILE, { readings: { illegalIds: 'accept' } });
    expect(accepted.outcomes.v2.some(({ outcome }) => outcome === 'failed')).toBe(false);
  });

  it('counts what both versions noted', async () => {
    const { diagnostics, rules } = await compared('batch=thirdPartyId,a\nann,null\nbob,null');
    const noted = [{ rule: 'empty-null-word', count: 2 }];
    expect(diagnostics).toEqual({
      v1: expect.arrayContaining([...noted, { rule: 'our-v1-third-party-id', count: 1 }]),
      v2: noted,
    });
    expect(diagnostics.v1).toHaveLength(2);
    expect(rules.map(({ id }) => id)).toContain('empty-null-word');
  });

  it('treats one visitor with and without location hint as one profile', async () => {
    const { differingProfiles } = await compared('batch=pcId,a\n7.28_20,x\n7,y');
    expect(differingProfiles).toMatchObject({ count: 1, first: [{ id: '7.28_20', attributes: [{ v2: 'y' }] }] });
  });

  it('is the same every time', async () => {
    expect(JSON.stringify(await compared(BATCH_FILE))).toBe(JSON.stringify(await compared(BATCH_FILE)));
  });

  it('hdr-key-first: tells by which rule a file is refused', async () => {
    expect(await compareVersions(inMemory('batch=email,a\n1,2'))).toEqual({
      kind: 'file-refused',
      input: 'file',
      refusals: ['v1', 'v2'].map((api) => ({ api, rule: 'hdr-key-first', message: expect.any(String) })),
    });
  });

  it('ends with the signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(compareVersions(inMemory('id,a\n1,2'), { idColumn: 'id', signal })).rejects.toThrow();
  });

  it.each([
    ['docs', 'it is a directory, not a file'],
    ['no-such.csv', 'there is no such file'],
  ])('throws the error of unreadable inputs for the path %s', async (path, reason) => {
    const error = await compareVersions(path).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'input-unreadable' });
    expect(String(error)).toContain(`Cannot read ${path}: ${reason}.`);
  });

  it('tells how far it is whenever that is asked, also after its end', async () => {
    let progress: (() => ComparisonProgress) | undefined;
    const comparing = compareVersions('samples/documented-sample.txt', { watched: (told) => (progress = told) });
    const result = await comparing;
    if (result.kind !== 'comparison') throw new Error('The sample is refused.');
    const sides = progress!().sides;
    expect(sides.map(({ api, consumedCount }) => [api, consumedCount])).toEqual([
      ['v1', result.rows],
      ['v2', result.rows],
      // Its ids are pcIds.
      ['customerAttributes', 0],
    ]);
    expect(sides.map(({ profilesNotFound }) => profilesNotFound)).toEqual([result.rows, 0, 0]);
  });
});

describe('a long comparison', () => {
  const ROWS = 5_000;
  const file = {
    name: 'long.txt',
    open: () => ReadableStream.from([Buffer.from(`batch=thirdPartyId,a\n${longRows()}`)]),
  };
  function longRows() {
    return Array.from({ length: ROWS }, (_, row) => `C-${row},${row % 7}\n`).join('');
  }
  /** Turns that others have once every row is applied by each way; ends it at the turn `abortAt`. */
  async function turnsOf(abortAt = Infinity) {
    const ending = new AbortController();
    let progress: (() => ComparisonProgress) | undefined;
    let turns = 0;
    let isOver = false;
    const comparing = compareVersions(file, { watched: (told) => (progress = told), signal: ending.signal }).finally(
      () => (isOver = true),
    );
    const turn = () => {
      if (progress?.().sides.every(({ consumedCount }) => consumedCount === ROWS) === true) turns += 1;
      if (turns === abortAt) ending.abort(new Error('nobody waits'));
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    return { result: await comparing.catch((error: unknown) => error), turns };
  }

  it('lets others have their turn while rows and profiles are compared', async () => {
    const { result, turns } = await turnsOf();
    expect(result).toMatchObject({ kind: 'comparison', rows: ROWS });
    // Pages of 1,000 rows by two ways, and 100 profiles at a time.
    expect(turns).toBeGreaterThan(ROWS / 1_000 + ROWS / 100);
  });

  it.each([8, 16])('ends where it is, once nobody waits for it any more: at turn %i', async (abortAt) => {
    const { result, turns } = await turnsOf(abortAt);
    expect(result).toMatchObject({ code: 'interrupted', cause: { message: 'nobody waits' } });
    expect(turns).toBeLessThanOrEqual(abortAt + 2);
  });
});
