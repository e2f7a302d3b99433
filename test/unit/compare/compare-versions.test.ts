/** One file through both versions: every difference, with the rule behind it. */
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
    });
    expect(result.differingRows).toEqual({
      count: 2,
      first: [
        {
          part: 1,
          row: 2,
          id: 'bob',
          v1: { outcome: 'not-found', rule: 'v1-update-only', message: expect.stringContaining('Row 2') },
          v2: { outcome: 'created', rule: 'v2-upsert', message: 'Row 2: a profile was created.' },
        },
        expect.objectContaining({ row: 5, id: 'bob', v2: expect.objectContaining({ outcome: 'updated' }) }),
      ],
    });
    const rules = { v1: 'v1-update-only', v2: 'v2-upsert' };
    expect(result.differingProfiles).toEqual({
      count: 1,
      first: [
        {
          id: 'bob',
          exists: { v1: false, v2: true },
          attributes: [
            { name: 'city', v1: null, v2: 'Rome', rules },
            { name: 'tier', v1: null, v2: 'gold', rules },
          ],
        },
      ],
    });
    expect(result.rules.map(({ id }) => id)).toEqual([
      'v1-merge-keys',
      'v1-update-only',
      'key-3rd-chars',
      'empty-only-skipped',
      'v2-upsert',
      'v2-override-caveat',
      'our-v1-third-party-id',
    ]);
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
    ['docs', 'it is not a regular file'],
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
    ]);
    expect(sides.map(({ profilesNotFound }) => profilesNotFound)).toEqual([result.rows, 0]);
  });
});
