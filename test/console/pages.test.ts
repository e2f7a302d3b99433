/** Each page shows what the control API says. */
import { expect, it } from 'vitest';
import { FAULTS } from '../../src/server/faults/fault-set.ts';
import { allRules } from '../../src/protocol/rules/index.ts';
import { sourceLinks } from '../../src/protocol/rules/sources.ts';
import { describeInBrowser, openPage, openWatched, post } from './support.ts';

const FILE = 'batch=thirdPartyId,tier,city\nC-1,gold,Oslo\nC-2,silver,\nC%2F3,gold,Rome\nC-4,,';

const SCROLLS = 100;

describeInBrowser('the console', () => {
  it('shows the client codes with what they own, their readings, and the latest batches', async () => {
    const emulator = await openWatched();
    const batchId = await post(emulator, 'demo/v2', FILE);
    await emulator.setSettings('demo', { statusShape: '2020' });
    const { page, complaints } = await openPage(emulator, '#/');
    const row = page.locator('section[aria-labelledby=clients] tbody tr');
    await row.getByText('statusShape = 2020').waitFor();
    const [size] = emulator.sizes().clients;
    expect(size).toEqual({ client: 'demo', profiles: 2, batches: 1 });
    await expect
      .poll(() => row.locator('td').allTextContents())
      .toEqual(['demo', '2', '1', 'at once', 'statusShape = 2020']);
    await expect
      .poll(() => page.locator('section[aria-labelledby=latest] tbody a.id').allTextContents())
      .toEqual([batchId]);
    expect(complaints).toEqual([]);
  });

  it('teaches the first command where there is nothing, and names what is unlike the rest', async () => {
    const emulator = await openWatched();
    const { page, goTo } = await openPage(emulator, '#/');
    await expect
      .poll(() => page.locator('pre').first().textContent())
      .toContain(`${emulator.url}/m2/demo/v2/profile/batchUpdate`);
    await goTo('#/batches/none-1');
    await expect.poll(() => page.locator('.empty').textContent()).toContain('There is no such batch');
    await goTo('#/c/nobody');
    await expect.poll(() => page.locator('.empty').textContent()).toContain('Nobody uses this client code');
    await goTo('#/c/demo/profiles/pcId/1');
    await expect.poll(() => page.locator('.empty').textContent()).toContain('There is no such profile');
    await goTo('#/elsewhere');
    await expect.poll(() => page.locator('.empty').textContent()).toContain('no such page');
  });

  it("shows a batch's counters, its reply as on the wire, and every row with its outcome and rule", async () => {
    const emulator = await openWatched();
    const batchId = await post(emulator, 'demo/v2', FILE);
    const { page } = await openPage(emulator, `#/batches/${batchId}`);
    const batch = emulator.batch(batchId)!;
    await page.locator('.row-link').first().waitFor();
    await expect
      .poll(() => page.locator('.counters dd').allTextContents())
      .toEqual(
        [
          batch.batchSize,
          batch.consumedCount,
          batch.successfulUpdates,
          batch.profilesNotFound,
          batch.failedUpdates,
        ].map(String),
      );
    const shown = await page.locator('.row-link').allTextContents();
    const rows = emulator.rows(batchId)!.items;
    expect(shown).toEqual(rows.map(({ row, id, outcome, rule }) => `${row}${id}${outcome}${rule}`));

    await page.getByText('What the API says on the wire').click();
    const status = page.locator('details pre').nth(1);
    await status.waitFor();
    const wire = await (
      await fetch(`${emulator.url}/m2/demo/profile/batchStatus?batchId=${batchId}&showDetails=true`)
    ).text();
    expect((await status.textContent())?.replaceAll(/>\s+</g, '><')).toBe(wire);
  });

  it('finds rows by outcome and by id, opens one, and each state is a link', async () => {
    const emulator = await openWatched();
    const batchId = await post(emulator, 'demo/v2', FILE);
    const { page, goTo } = await openPage(emulator, `#/batches/${batchId}?outcome=failed`);
    await page.locator('.row-link').first().waitFor();
    await expect.poll(() => page.locator('.row-link').count()).toBe(1);
    await page.locator('.row-link').click();
    await page.locator('.panel').getByText('C%2F3').first().waitFor();
    expect(page.url()).toContain('row=3');
    await page.reload();
    await expect
      .poll(() => page.locator('.panel .rule').first().textContent())
      .toBe(emulator.rows(batchId)!.items[2]!.rule);
    await goTo(`#/batches/${batchId}?q=C-2`);
    await page.locator('.row-link').first().waitFor();
    await expect.poll(() => page.locator('.row-link .personal').allTextContents()).toEqual(['C-2']);
  });

  it('pages through 500,000 rows: any of them is a scroll away, and scrolling costs less than a frame', async () => {
    const emulator = await openWatched();
    const lines = Array.from({ length: 500_000 }, (_, index) => `C-${index + 1},gold`);
    const batchId = await post(emulator, 'demo/v2', `batch=thirdPartyId,tier\n${lines.join('\n')}`);
    const { page } = await openPage(emulator, `#/batches/${batchId}`);
    const list = page.locator('.virtual');
    await page.locator('.pill.status-complete').waitFor({ timeout: 100_000 });
    await page.locator('.row-link').first().waitFor();
    for (const row of [500_000, 250_000, 1, 499_990]) {
      await list.evaluate((element, top) => (element.scrollTop = top), (row - 1) * 32);
      await page.locator('.row-link').getByText(`C-${row}`, { exact: true }).waitFor();
      await expect.poll(() => page.locator('.virtual-row').count()).toBeLessThan(100);
    }
    // The page's own processor time: what else the machine does is not in it.
    const devTools = await page.context().newCDPSession(page);
    await devTools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const seconds = async () => {
      const { metrics } = await devTools.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'TaskDuration')!.value;
    };
    const before = await seconds();
    for (let step = 0; step < SCROLLS; step += 1) {
      await list.evaluate((element) => (element.scrollTop -= 640));
      await page.evaluate('new Promise((drawn) => requestAnimationFrame(drawn))');
    }
    expect(((await seconds()) - before) / SCROLLS).toBeLessThan(0.016);
  }, 180_000);

  it("shows a profile's layers, who wrote them, and what was taken away", async () => {
    const emulator = await openWatched();
    await emulator.seedProfiles('demo', [{ thirdPartyId: 'C-1', attributes: { city: 'Oslo' } }]);
    const first = await post(emulator, 'demo/v2', 'batch=thirdPartyId,tier\nC-1,gold');
    const second = await post(emulator, 'demo/v2', 'batch=thirdPartyId,city\nC-1,Rome');
    const { page } = await openPage(emulator, '#/c/demo/profiles/thirdPartyId/C-1');
    const explained = emulator.explain('demo', { kind: 'thirdPartyId', value: 'C-1' });
    if (explained?.kind !== 'profile') throw new Error('There is no profile.');
    const table = page.locator('section[aria-labelledby=attributes]');
    for (const { name, value } of explained.attributes) {
      await table.locator('tr', { hasText: name }).getByText(value, { exact: true }).waitFor();
    }
    await expect.poll(() => table.textContent()).toContain(`row 1 of ${second}`);
    await expect
      .poll(() => page.locator('section[aria-labelledby=taken]').textContent())
      .toContain(`tier, written by row 1 of ${first}, went with row 1 of ${second}`);
    await expect.poll(() => page.locator('.counters').textContent()).toContain(`${explained.bytes} bytes`);
    await page.getByRole('button', { name: 'Let it come' }).click();
    await page.locator('.counters').getByText('no pcId').waitFor({ state: 'detached' });
    expect(emulator.explain('demo', { kind: 'thirdPartyId', value: 'C-1' })).toMatchObject({ kind: 'profile' });
  });

  it('tells in one line of time what touched a profile: rows, visits, fetches and single updates, by whichever id', async () => {
    const emulator = await openWatched();
    const batchId = await post(emulator, 'demo/v2', 'batch=thirdPartyId,tier\nC-1,gold');
    const asked = async (path: string, init: RequestInit = {}) => {
      await emulator.advance(60_000);
      await fetch(`${emulator.url}${path}`, init);
    };
    const body = JSON.stringify({
      context: { channel: 'web' },
      id: { tntId: 'p1', thirdPartyId: 'C-1' },
      execute: { pageLoad: {} },
    });
    await asked('/rest/v1/delivery?client=demo&sessionId=s1', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    await asked('/rest/v1/profiles/p1?client=demo');
    await asked('/m2/demo/profile/update?mbox3rdPartyId=C-1&profile.city=Oslo');
    await asked('/rest/v1/profiles/thirdPartyId/C-2?client=demo');
    const { page, goTo } = await openPage(emulator, '#/c/demo/profiles/thirdPartyId/C-1');
    const list = page.locator('.timeline li span');
    await expect
      .poll(() => list.allTextContents())
      .toEqual([
        'A single update, a visit, or a profile to start with, wrote city into the base layer.',
        'A single update, answered 200. ',
        'A fetch, answered 200. ',
        'A visit by a Delivery call, answered 200. ',
        `Row 1 of ${batchId} wrote tier into the base layer.`,
      ]);
    await page.getByRole('link', { name: 'A visit by a Delivery call' }).click();
    await page.locator('.panel', { hasText: 'delivery' }).waitFor();
    await goTo('#/c/demo/profiles/thirdPartyId/C-2');
    await expect.poll(() => list.allTextContents()).toEqual(['A fetch, answered 404. err-fetch-404-3rd']);
  });

  it('says what a timeline cannot know: without a journal, or when entries are gone', async () => {
    const emulator = await openWatched({ journal: 'off' });
    await post(emulator, 'demo/v2', 'batch=thirdPartyId,tier\nC-1,gold');
    const { page } = await openPage(emulator, '#/c/demo/profiles/thirdPartyId/C-1');
    await page.locator('.timeline li', { hasText: 'wrote tier' }).waitFor();
    await page.locator('.unknown').getByText('tpe serve --journal on').waitFor();
    const told = { entries: [], evicted: 1, earlier: 12_345 };
    await page.route('**/journal?limit=*', (route) => route.fulfill({ json: told }));
    await page.reload();
    await page.locator('.unknown').getByText('1 entry of this client code went').waitFor();
    await page.locator('.unknown').getByText('12,345 entries of this client code are of an earlier run').waitFor();
  });

  it('shows sources of customer attributes: schema, files with why one failed, and the records of a customer', async () => {
    const emulator = await openWatched();
    const { customerAttributes } = emulator;
    const { page, goTo } = await openPage(emulator, '#/c/demo/sources');
    await expect
      .poll(() => page.locator('.empty pre').allTextContents())
      .toEqual([
        `tpe sources add crm --name CRM --client demo --url ${emulator.url}`,
        String.raw`printf 'customer_id,tier\nC-1,gold\n' > crm.csv`,
        `tpe sources put crm crm.csv --client demo --url ${emulator.url}`,
      ]);
    await customerAttributes.setSource('demo', 'crm', { name: 'CRM', password: 'x' });
    await customerAttributes.upload('demo', 'crm', 'good.csv', 'customer_id,tier,city\nC-1,gold,Oslo\nC-2,,Rome\n');
    await customerAttributes.upload('demo', 'crm', 'bad.csv', 'customer_id,tier,city\nC-3,"gold,x\n');
    await goTo('#/traffic?entry=2');
    await page.getByRole('heading', { name: 'A file, failed' }).waitFor();
    await expect.poll(() => page.locator('.panel').textContent()).not.toContain('curl');
    await page.getByRole('link', { name: 'Its source' }).click();
    const files = customerAttributes.files('demo', 'crm').items;
    const row = page.locator('.attribute-source table').last().locator('tbody tr');
    await row.nth(1).waitFor();
    const told = await row.allTextContents();
    for (const [index, { name, status, rows, appliedRows, fault }] of files.entries()) {
      for (const part of [name, status, rows, appliedRows, fault?.message ?? '', fault?.rule ?? '']) {
        expect(told[index]).toContain(String(part));
      }
    }
    expect(files.map(({ status }) => status).toSorted()).toEqual(['failed', 'processed']);
    await page.getByText('Schema: 2 attributes, all subscribed to').click();
    await expect
      .poll(() => page.locator('.attribute-source table').first().locator('tbody .stack-head').allTextContents())
      .toEqual(['tier', 'city']);
    await page.getByLabel('Customer id').fill('C-1');
    await page.keyboard.press('Enter');
    const record = customerAttributes.record('demo', 'crm', 'C-1')!;
    await expect
      .poll(() => page.locator('.attribute-source .card dt').allTextContents())
      .toEqual(record.attributes.map(({ name }) => name));
    await expect.poll(() => page.locator('.attribute-source .card dd').first().textContent()).toContain('gold');
    expect(page.url()).toContain('id=C-1');
    await goTo('#/c/demo');
    await page.getByRole('link', { name: 'Customer attributes' }).click();
    await page.getByRole('heading', { name: 'Sources' }).waitFor();
    await page.getByRole('link', { name: 'demo', exact: true }).click();
    await page.getByRole('heading', { name: 'demo', exact: true }).waitFor();
  });

  it('shows the traffic with whose answer it was, and a request as curl', async () => {
    const emulator = await openWatched();
    emulator.faults.set({ status: { code: 503, times: 1 } }, 'demo');
    await post(emulator, 'demo/v2', FILE);
    await post(emulator, 'demo/v2', 'nothing');
    await post(emulator, 'demo/v2', FILE);
    const { page } = await openPage(emulator, '#/traffic');
    await page.locator('.traffic tbody tr').nth(2).waitFor();
    const causes = await page.locator('.traffic .pill').allTextContents();
    expect(new Set(causes)).toEqual(new Set(['the API would say this', 'you asked for this fault']));
    await expect.poll(() => page.locator('.traffic .rule').allTextContents()).toEqual(['err-batch-missing']);
    await page.locator('.traffic tbody a', { hasText: 'POST' }).first().click();
    const curl = page.locator('.panel .code').last();
    await expect.poll(() => curl.textContent()).toContain(`${emulator.url}/m2/demo/v2/profile/batchUpdate`);
    await expect.poll(() => curl.textContent()).toContain(`printf %s '${FILE}' | curl`);
  });

  it('switches faults, pace and readings, and says in a banner what goes wrong on purpose', async () => {
    const emulator = await openWatched();
    await post(emulator, 'demo/v2', FILE);
    const { page } = await openPage(emulator, '#/c/demo/switches');
    await page.getByRole('button', { name: 'when released' }).click();
    await page.locator('[aria-pressed=true]', { hasText: 'when released' }).waitFor();
    expect(emulator.pace('demo')).toEqual({ kind: 'manual' });
    await page.getByLabel('statusShape').selectOption('2017');
    await expect.poll(() => emulator.settings('demo')?.statusShape).toBe('2017');
    await page.getByLabel('latency', { exact: true }).check();
    await page.locator('.faults-banner', { hasText: 'latency for demo' }).waitFor();
    expect(Object.keys(emulator.faults.get('demo'))).toEqual(['latency']);
    await page.locator('.fault.on').getByLabel('ms', { exact: true }).fill('7');
    await page.locator('.fault.on').getByLabel('ms', { exact: true }).blur();
    await expect.poll(() => emulator.faults.get('demo').latency?.ms).toBe(7);
    await page.getByRole('button', { name: 'None of them' }).click();
    await page.locator('.faults-banner').waitFor({ state: 'detached' });
    expect(emulator.faults.get('demo')).toEqual({});
  });

  it('shows what a reading changes as soon as it is switched: rows, values and replies of the latest batch, before and after', async () => {
    const emulator = await openWatched();
    await emulator.seedProfiles('demo', [{ thirdPartyId: 'C-1' }]);
    await post(emulator, 'demo', 'batch=thirdPartyId,tier\nC-1,""\nC-1,gold,surplus');
    const before = emulator.profile('demo', { kind: 'thirdPartyId', value: 'C-1' });
    const { page } = await openPage(emulator, '#/c/demo/switches');
    await page.getByLabel('surplusCells').selectOption('fail');
    const changes = page.locator('.changes');
    await changes.locator('.turned', { hasText: 'surplusCells: ignore → fail' }).waitFor();
    const row = changes.locator('table').first().locator('tbody tr td');
    await expect
      .poll(() => row.allTextContents())
      .toEqual(['2', 'C-1', 'updated v1-merge-keys', 'failed our-surplus-cells']);
    await expect
      .poll(() => changes.locator('table').nth(1).locator('tbody tr td').allTextContents())
      .toEqual(['C-1', 'tier', 'gold  v1-merge-keys', '""  our-surplus-cells']);
    await page.reload();
    await expect.poll(() => row.allTextContents()).toHaveLength(4);
    await page.getByRole('button', { name: 'Try the sample' }).click();
    await changes.getByText('A sample of three small files').waitFor();
    await changes.getByRole('link', { name: 'Close' }).click();
    await changes.waitFor({ state: 'detached' });
    expect(emulator.profile('demo', { kind: 'thirdPartyId', value: 'C-1' })).toEqual(before);
    expect(emulator.batches()).toHaveLength(1);
  });

  it('shows what a fault and a pace change: the answers to the same calls, side by side', async () => {
    const emulator = await openWatched();
    await post(emulator, 'demo/v2', FILE);
    const { page } = await openPage(emulator, '#/c/demo/switches');
    await page.getByRole('button', { name: 'when released' }).click();
    const status = page.locator('.changes div', { hasText: 'The answer to the status, at once' }).last();
    await status.getByLabel('Before').getByText('complete').first().waitFor();
    await status.getByLabel('After').getByText('incomplete').first().waitFor();
    await page.getByLabel('status', { exact: true }).check();
    const submission = page.locator('.changes div', { hasText: 'The answer to the submission' }).last();
    await submission.getByLabel('After').getByText('After 503').waitFor();
    await submission.getByLabel('Before').getByText('Before 200').waitFor();
    await page.locator('.changes', { hasText: 'not taken in, or not applied' }).waitFor();
  });

  it('says of each fault what happens, and which rule it rests on', async () => {
    const emulator = await openWatched();
    const { page } = await openPage(emulator, '#/switches');
    await page.locator('.fault').first().waitFor();
    const said = await page.locator('.fault p').allTextContents();
    expect(said).toHaveLength(Object.keys(FAULTS).length);
    expect(said.filter((sentence) => sentence.length < 10)).toEqual([]);
    await expect
      .poll(() => page.locator('.fault', { hasText: 'silentLoss' }).locator('.rule').allTextContents())
      .toEqual(['thr-loss', 'ca-loss']);
  });

  it('is led by the keyboard: help, pages, rows', async () => {
    const emulator = await openWatched();
    const batchId = await post(emulator, 'demo/v2', FILE);
    const { page } = await openPage(emulator, `#/batches/${batchId}`);
    await page.locator('.row-link').nth(3).waitFor();
    await page.locator('.row-link').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toContain('row=2');
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    for (const [key, title] of [
      ['r', 'Rules'],
      ['t', 'Traffic'],
      ['y', 'Try it'],
      ['o', 'Overview'],
    ] as const) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.locator('h1', { hasText: title }).waitFor();
    }
  });

  it('holds a batch back until it is released by a button', async () => {
    const emulator = await openWatched({ pace: 'manual' });
    const batchId = await post(emulator, 'demo/v2', FILE);
    const { page } = await openPage(emulator, `#/batches/${batchId}`);
    await page.getByRole('button', { name: 'Release it now' }).click();
    await page.locator('.pill.status-complete').waitFor();
    expect(emulator.batch(batchId)?.status).toBe('complete');
  });

  it('keeps snapshots and goes back to them', async () => {
    const emulator = await openWatched();
    const { page } = await openPage(emulator, '#/snapshots');
    await page.getByRole('button', { name: 'Take one' }).click();
    await page.getByRole('button', { name: 'Restore' }).waitFor();
    await post(emulator, 'demo/v2', FILE);
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByText('Everything is as it was').waitFor();
    expect(emulator.clients()).toEqual([]);
  });

  it('shows how far the clock of each client code is ahead, and moves that of one alone', async () => {
    const emulator = await openWatched();
    for (const client of ['demo', 'other']) await post(emulator, `${client}/v2`, FILE);
    const { page } = await openPage(emulator, '#/');
    await page.getByText('Of one client code alone').click();
    const clocks = page.locator('.client-clocks li > .quiet');
    await expect.poll(() => clocks.allTextContents()).toEqual(['as the emulator', 'as the emulator']);
    await page.getByRole('button', { name: 'other: + 1 day' }).click();
    await page.getByRole('button', { name: 'other: + 1 hour' }).click();
    await expect.poll(() => clocks.allTextContents()).toEqual(['as the emulator', '1 day 1 h ahead']);
    expect([emulator.clockNow('demo').aheadMs, emulator.clockNow('other').aheadMs]).toEqual([0, 25 * 3_600_000]);
  });

  it('has the whole rulebook, searched by its words', async () => {
    const emulator = await openWatched();
    const { page } = await openPage(emulator, '#/rules');
    await page.locator('.rule-entry').first().waitFor();
    await expect.poll(() => page.locator('.rule-entry').count()).toBe(allRules().length);
    await page.keyboard.press('/');
    await page.keyboard.type('v2-override-caveat');
    await expect.poll(() => page.url()).toContain('q=v2-override-caveat');
    const sentence = allRules()
      .find(({ id }) => id === 'v2-override-caveat')!
      .statement.replaceAll('`', '');
    await page.locator('.statement', { hasText: sentence }).first().waitFor();
    await page.locator('.proofs').first().waitFor();
    const [source] = sourceLinks(allRules().find(({ id }) => id === 'v2-override-caveat')!.source);
    const link = page.locator('.rule-entry .source a').getByText(source!.key, { exact: true }).first();
    await expect.poll(() => link.getAttribute('href')).toBe(source!.url);
  });

  it('writes a batch, shows the exact bytes, and sends those', async () => {
    const emulator = await openWatched();
    const { page } = await openPage(emulator, '#/try?client=tried');
    await page.locator('textarea').fill('id,tier\nC 1,a&b\nC-2,');
    const bytes = 'batch=thirdPartyId,tier\nC%201,a%26b\nC-2';
    await page.locator('pre').getByText('a%26b').first().waitFor();
    await expect.poll(() => page.locator('pre').first().textContent()).toBe(bytes);
    await page.getByRole('button', { name: 'Send it' }).click();
    await page.getByText('See what became of each row').click();
    await page.locator('.row-link').first().waitFor();
    expect(emulator.profile('tried', { kind: 'thirdPartyId', value: 'C 1' })?.attributes[0]?.value).toBe('a&b');
    expect(emulator.batches('tried')[0]?.bodyBytes).toBe(bytes.length);
  });

  it('mrg-memory: a profile shows what waits in the session, and what files said of the customer', async () => {
    const emulator = await openWatched({ pace: 'immediate', sessionWrites: 'after-30-minutes' });
    await emulator.customerAttributes.setSource('demo', 'crm', { password: 'secret' });
    await emulator.customerAttributes.upload('demo', 'crm', 'crm.csv', 'id,tier\nC-1,gold\n');
    await emulator.fetch(
      new Request(`${emulator.url}/m2/demo/mbox/json?mbox=m&mboxSession=1&mbox3rdPartyId=C-1&profile.said=x`),
    );
    const { page, complaints } = await openPage(emulator, '#/c/demo/profiles/thirdPartyId/C-1');
    const session = page.locator('td[data-label="In the session"]');
    await expect.poll(() => session.textContent()).toContain('waits until');
    await expect.poll(() => page.locator('section[aria-labelledby=customers]').textContent()).toContain('crs.crm.tier');
    const timeline = page.locator('.timeline');
    await expect.poll(() => timeline.textContent()).toContain('reaches the store then');
    await expect.poll(() => timeline.textContent()).toContain('from row 1 of crm.csv of crm');
    expect(complaints).toEqual([]);
  });

  it('lists the rules on a narrow screen without a sideways scroll', async () => {
    const emulator = await openWatched();
    const { page } = await openPage(emulator, '#/rules', { width: 390 });
    await page.locator('.rule-entry').first().waitFor();
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(390);
  });
});
