/** The demo: a dropped file, a sample, the presentation, and the page that opens anywhere show the same differences. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { comparisonPage } from '../../src/cli/compare-report.ts';
import { type Comparison, compareVersions } from '../../src/compare/index.ts';
import type { SeedProfile } from '../../src/server/index.ts';
import { fakeContext } from '../unit/cli/fake-context.ts';
import { browser, describeInBrowser, openPage, openWatched } from './support.ts';

const SAMPLE = 'samples/crm-export.csv';
const profiles = readFileSync('samples/crm-profiles.ndjson', 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const { client: _, ...profile } = JSON.parse(line) as SeedProfile & { client?: string };
    return profile;
  });

describeInBrowser('v1, v2 and customer attributes in the browser', () => {
  it('compares a file that is dropped, and shows what compareVersions finds', async () => {
    const emulator = await openWatched();
    const { page } = await openPage(emulator, '#/compare');
    const text = readFileSync('samples/documented-sample.txt', 'utf8');
    await page.evaluate(`(() => {
      const data = new DataTransfer();
      data.items.add(new File([${JSON.stringify(text)}], 'dropped.txt'));
      document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    })()`);
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.locator('.sides .dot').first().waitFor();
    const expected = await compareVersions('samples/documented-sample.txt');
    if (expected.kind !== 'comparison') throw new Error('The sample is refused.');
    await expect
      .poll(() => page.locator('section[aria-labelledby=differing-rows] tbody tr').count())
      .toBe(expected.differingRows.count);
    expect(emulator.clients()).toEqual([]);
  });

  it('takes a sample by its link, presents it masked and steps by the keyboard', async () => {
    const emulator = await openWatched();
    const { page } = await openPage(emulator, '#/compare?sample=crm-export.csv');
    await page.locator('.sides .dot').first().waitFor();
    const expected = await compareVersions(SAMPLE, { idColumn: 'customer_id', onProblem: 'skip', profiles });
    if (expected.kind !== 'comparison') throw new Error('The sample is refused.');
    const counted = await page.locator('section[aria-labelledby=differing-rows] h2 small').textContent();
    expect(counted).toBe(String(expected.differingRows.count));
    const listed = page.locator('section[aria-labelledby=differing-rows] tbody tr');
    expect(await listed.count()).toBe(20);
    await page
      .getByRole('button', { name: `Show all ${expected.differingRows.count}` })
      .first()
      .click();
    await expect.poll(() => listed.count()).toBe(expected.differingRows.count);
    await page.getByRole('button', { name: 'Present it' }).click();
    await page.getByText('One file, three ways').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.locator('.eyebrow').getByText('with another outcome').waitFor();
    expect(page.url()).toContain('present=2');
    await page.locator('h1 .masked').waitFor();
    await page.keyboard.press('m');
    await page.locator('h1').getByText(expected.differingRows.first[0]!.id!).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('section[aria-labelledby=differing-rows]').waitFor();
  });

  it('ca-null-removes: shows customer attributes as a third column, each difference with its rule, and what sets the ways apart', async () => {
    const emulator = await openWatched();
    const { page, complaints } = await openPage(emulator, '#/compare?sample=crm-export.csv');
    const third = page.getByRole('region', { name: 'customer attributes', exact: true });
    await third.locator('.dot').first().waitFor();
    const expected = await compareVersions(SAMPLE, { idColumn: 'customer_id', onProblem: 'skip', profiles });
    if (expected.kind !== 'comparison') throw new Error('The sample is refused.');
    for (const { outcome, rule, count } of expected.outcomes.customerAttributes!) {
      await expect
        .poll(() => third.locator('div').filter({ hasText: outcome }).last().textContent())
        .toContain(`${count}${rule}`);
    }
    const removed = page.locator('section[aria-labelledby=differing-profiles] td.lacking', {
      hasText: 'ca-null-removes',
    });
    await expect.poll(() => removed.count()).toBeGreaterThan(0);
    await expect
      .poll(() => removed.first().locator('xpath=preceding-sibling::td[1]').textContent())
      .toContain('empty-ignored');
    const traits = page.locator('section[aria-labelledby=traits] tbody tr');
    await expect.poll(() => traits.count()).toBe(expected.traits.length);
    await expect
      .poll(() => traits.filter({ hasText: 'shared with Analytics' }).textContent())
      .toMatch(/noca-sharing.*noca-sharing.*can be.*ca-sharing/);
    expect(complaints).toEqual([]);
  });

  it('ca-ids: says why a file with pcIds has no third column', async () => {
    const emulator = await openWatched();
    const { page } = await openPage(emulator, '#/compare?sample=documented-sample.txt');
    const third = page.getByRole('region', { name: 'customer attributes', exact: true });
    await third.getByText('Not this file.').waitFor();
    await expect.poll(() => third.textContent()).toContain('ca-ids');
    await expect.poll(() => page.locator('section[aria-labelledby=differing-rows] thead th').count()).toBe(4);
  });

  it('says what is wrong with a file that cannot be read, and with one that the API refuses', async () => {
    const emulator = await openWatched();
    const { page, goTo } = await openPage(emulator, '#/compare');
    const give = async (name: string, text: string) => {
      await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
      await page.getByRole('button', { name: 'Compare', exact: true }).click();
    };
    await give('none.csv', 'a,b\n1,2');
    await page.locator('.sides, .empty').first().waitFor();
    await goTo('#/compare');
    await give('refused.txt', 'batch=unknownId,a\n1,2');
    await page.getByText('The API would refuse the file').waitFor();
  });

  it('writes a page with tpe compare --html, for its owner alone, that shows what the command prints', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tpe-page-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'out.html');
    const args = [
      SAMPLE,
      '--profiles',
      'samples/crm-profiles.ndjson',
      '--id-column',
      'customer_id',
      '--on-problem',
      'skip',
    ];
    const context = fakeContext();
    expect(await runCommandLine(['compare', ...args, '--html', file, '--all', '--json'], context)).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const printed = JSON.parse(context.printed()) as Comparison;
    const page = await (await browser()).newPage();
    onTestFinished(() => page.close());
    await page.goto(pathToFileURL(file).href);
    await page.locator('.sides').waitFor();
    const rows = page.locator('section[aria-labelledby=differing-rows] tbody tr');
    await expect.poll(() => rows.count()).toBe(Math.min(20, printed.differingRows.count));
    const [first] = printed.differingRows.first;
    for (const text of [first!.v1.rule, first!.v2.rule])
      await expect.poll(() => rows.first().textContent()).toContain(text);
    await expect
      .poll(() => page.locator('section[aria-labelledby=differing-profiles] tbody').count())
      .toBe(Math.min(20, printed.differingProfiles.count));
  });

  it('writes the same as one page that opens from a file, without network and without breaking out of it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tpe-page-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const found = await compareVersions(SAMPLE, { idColumn: 'customer_id', onProblem: 'skip', profiles });
    if (found.kind !== 'comparison') throw new Error('The sample is refused.');
    const file = join(directory, 'out.html');
    writeFileSync(file, comparisonPage({ ...found, input: '</script><script>window.broken = 1</script>' }));
    const page = await (await browser()).newPage();
    onTestFinished(() => page.close());
    const [asked, complaints]: [string[], string[]] = [[], []];
    page.on('request', (request) => asked.push(request.url()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(pathToFileURL(file).href);
    await page.locator('.sides .dot').first().waitFor();
    expect(asked).toEqual([pathToFileURL(file).href]);
    expect(complaints).toEqual([]);
    expect(await page.evaluate('window.broken')).toBeUndefined();
    await expect
      .poll(() => page.locator('section[aria-labelledby=differing-rows] tbody tr').count())
      .toBe(Math.min(20, found.differingRows.first.length));
    await expect
      .poll(() => page.locator('section[aria-labelledby=differing-profiles] tbody').count())
      .toBe(Math.min(20, found.differingProfiles.first.length));
  });
});
