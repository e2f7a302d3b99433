/** The samples are what README and demo promise. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sampleFile } from '../../../src/cli/package-file.ts';
import { checkInput } from '../../../src/client/index.ts';
import { CRM_COLUMNS, crmExport, crmProfiles, crmRecords } from '../../../src/sim/workload/crm-export.ts';

const SAMPLE = { rows: 320, seed: 7, illegalIds: 1, client: 'demo' };
const read = (name: string) => readFileSync(sampleFile(name), 'utf8');

describe('the samples', () => {
  it('have a mapping file, which is the one that docs/uploading.md shows, and fits the export', async () => {
    const mapping = read('crm-mapping.json');
    const shown = readFileSync('docs/uploading.md', 'utf8').matchAll(/^```json\n([^]*?)^```$/gm);
    expect(Array.from(shown, ([, text]) => text)).toContain(mapping);
    const checked = await checkInput(fileURLToPath(sampleFile('crm-export.csv')), {
      ...JSON.parse(mapping),
      onProblem: 'skip',
    });
    expect(checked).toMatchObject({ kind: 'plan', rows: 319, skippedRows: 1 });
  });

  it('are what `tpe generate` gives for seed 7', () => {
    expect(read('crm-export.csv')).toBe([...crmExport(SAMPLE)].join(''));
    expect(read('crm-profiles.ndjson')).toBe([...crmProfiles(SAMPLE)].join(''));
  });

  it('have a few hundred rows with accents, CJK, quoted commas, empty cells and empty rows', () => {
    const text = read('crm-export.csv');
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(321);
    expect(text).toMatch(/[À-ɏ]/u);
    expect(text).toMatch(/[\p{Script=Han}\p{Script=Hangul}]/u);
    expect(text).toMatch(/"[^"]+,[^"]+"/);
    expect(text).toContain(',,');
    expect(lines.filter((line) => /^C-\d+,+$/.test(line)).length).toBeGreaterThan(0);
  });

  it('key-3rd-chars: have exactly one id that no document allows', () => {
    const ids = [...crmRecords(SAMPLE)].map(({ id }) => id);
    expect(ids.filter((id) => /[+/]/.test(id))).toHaveLength(1);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('hold profiles for some of the customers and not for others', () => {
    const known = [...crmProfiles(SAMPLE)].length;
    expect(known).toBeGreaterThan(100);
    expect(known).toBeLessThan(300);
  });

  it('have the batch file of the documentation, letter for letter', () => {
    expect(read('documented-sample.txt')).toBe(
      'batch=pcId,param1,param2,param3,param4\n123,value1\n124,value1,,,value4\n125,,value2\n126,value1,value2,value3,value4\n',
    );
  });
});

describe('the generator', () => {
  it('gives the same row whatever the number of rows', () => {
    const few = [...crmRecords({ rows: 10, seed: 3 })];
    const more = [...crmRecords({ rows: 1000, seed: 3 })];
    expect(more.slice(0, 10)).toEqual(few);
  });

  it('gives other rows for another seed', () => {
    expect([...crmExport({ rows: 10, seed: 1 })]).not.toEqual([...crmExport({ rows: 10, seed: 2 })]);
  });

  it('repeats no id in 100,000 rows', () => {
    const ids = new Set<string>();
    for (const { id } of crmRecords({ rows: 100_000, seed: 7 })) ids.add(id);
    expect(ids.size).toBe(100_000);
  });

  it('knows no other columns than those it lists', () => {
    for (const { values } of crmRecords({ rows: 50, seed: 5 })) {
      expect(Object.keys(values)).toEqual([...CRM_COLUMNS]);
    }
  });
});
