/** `tpe compare` as typed, on the samples. */
import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../../../src/cli/command-line.ts';
import { fakeContext } from './fake-context.ts';

async function run(args: readonly string[], input = '', variables: Readonly<Record<string, string>> = {}) {
  const context = fakeContext(variables, input);
  const code = await runCommandLine(['compare', ...args], context);
  return { code, printed: context.printed(), complained: context.complained() };
}

const EXPORT = [
  'samples/crm-export.csv',
  '--id-column',
  'customer_id',
  '--profiles',
  'samples/crm-profiles.ndjson',
] as const;

describe('tpe compare', () => {
  it('shows outcomes, differing rows and profiles, and the rules with their sources', async () => {
    const { code, printed, complained } = await run([...EXPORT, '--on-problem', 'skip']);
    expect([code, complained]).toEqual([0, '']);
    expect(printed).toContain(
      'samples/crm-export.csv through v1, v2 and as customer attributes (crs); 180 profiles existed',
    );
    expect(printed).toMatch(/Rows with another outcome: \d+, the first 20 \(--all lists every one\)/);
    expect(printed).toMatch(/not-found +created \(v2-upsert\) +created\n +\(v1-update-only\) +\(ca-creates\)/);
    expect(printed).toMatch(/no profile .* as v2 +v1-update-only \/\n +v2-upsert/);
    expect(printed).toMatch(/bronze +bronze +- +empty-ignored \/\n +ca-null-removes/);
    expect(printed).toMatch(/shared with +no \(ca-sharing\) +no \(ca-sharing\) +can be \(ca-sharing\)/);
    expect(printed).toMatch(/v2-upsert +v2 updates existing profiles.* BULK; METH/);
    expect(printed).toContain('METH https://github.com/AdobeDocs/target-dev.en/blob/main/help/dev/before-implement/');
    expect(printed).toContain('1 problem row of the file was left out.');
  });

  it('refuses what is to be mapped in a batch file, as check and upload do', async () => {
    const variables = { TPE_RENAME: 'a=b' };
    const { code, complained } = await run(['samples/documented-sample.txt'], '', variables);
    const context = fakeContext(variables);
    expect([code, await runCommandLine(['check', 'samples/documented-sample.txt'], context)]).toEqual([3, 3]);
    expect(complained).toMatch(/--rename/);
  });

  it('lists everything with --all, and as JSON', async () => {
    const { code, printed } = await run([...EXPORT, '--on-problem', 'skip', '--all', '--json']);
    expect(code).toBe(0);
    const { differingRows, differingProfiles } = JSON.parse(printed) as Record<string, { count: number; first: [] }>;
    expect(differingRows!.first).toHaveLength(differingRows!.count);
    expect(differingProfiles!.first).toHaveLength(differingProfiles!.count);
    expect(differingRows!.count).toBeGreaterThan(20);
  });

  it('takes a batch file as it is', async () => {
    const { code, printed } = await run(['samples/documented-sample.txt']);
    expect(code).toBe(0);
    expect(printed).toMatch(/all rows +4 +4\n/);
    expect(printed).toContain('Not as customer attributes: A pcId is no customer id');
  });

  it('takes standard input', async () => {
    const { code, printed } = await run(['-', '--json'], 'batch=thirdPartyId,a\nann,1\n');
    expect(code).toBe(0);
    expect(JSON.parse(printed)).toMatchObject({ input: 'stdin', rows: 1, different: true });
  });

  it('says by which rule each version refuses a batch file, and ends with 3', async () => {
    const { code, complained } = await run(['-'], 'batch=email,a\n1,2');
    expect(code).toBe(3);
    expect(complained).toMatch(/^refused {2}stdin by v1: .*\(hdr-key-first\)\nrefused {2}stdin by v2: /);
  });

  it('writes a page with --html: to standard output in place of the table, and the data in it is that of --json', async () => {
    const args = [...EXPORT, '--on-problem', 'skip'];
    const page = await run([...args, '--html', '-']);
    expect([page.code, page.complained]).toEqual([0, '']);
    expect(page.printed).toMatch(/^<!doctype html>/i);
    const [, data = ''] = /<script[^>]*type="application\/json"[^>]*>([^]*?)<\/script>/.exec(page.printed) ?? [];
    const all = JSON.parse((await run([...args, '--all', '--json'])).printed) as object;
    expect(JSON.parse(data)).toEqual(all);
  });

  it('says which page could not be written, and still ends in one line', async () => {
    const { code, complained } = await run(['samples/documented-sample.txt', '--html', '/nowhere/page.html']);
    expect(code).toBe(2);
    expect(complained).toMatch(/^tpe: Cannot write \/nowhere\/page\.html: ENOENT.*\n$/);
  });

  it('ends with 3 and the command that helps where the export is faulty', async () => {
    const { code, complained } = await run(EXPORT);
    expect(code).toBe(3);
    expect(complained).toMatch(/Next: tpe compare samples\/crm-export\.csv .*--on-problem skip$/m);
    expect(JSON.parse((await run([...EXPORT, '--json'])).printed)).toMatchObject({
      kind: 'input-refused',
      exitCode: 3,
    });
  });

  it('ends with 3 where the API would refuse the file, and where there is none', async () => {
    const refused = await run(['samples/crm-profiles.ndjson', '--format', 'csv', '--id-column', 'nothing']);
    expect(refused.code).toBe(3);
    expect((await run(['nowhere.csv'])).code).toBe(3);
  });
});
