/** Whatever somebody sent is text: it runs nothing, turns nothing around, and breaks no page. */
import { expect, it } from 'vitest';
import { describeInBrowser, openPage, openWatched, post } from './support.ts';

const SCRIPT = '<script>window.broken = 1</script><img src=x onerror="window.broken = 1">';
const TURNED = 'gold\u202Edlog';
const LONG = 'x'.repeat(60_000);
const ID = '<b>id"&';

describeInBrowser('hostile content', () => {
  it('is shown as text on every page that shows it', async () => {
    const emulator = await openWatched();
    const cell = encodeURIComponent;
    const body = `batch=thirdPartyId,${cell('<i>name</i>')},__proto__,turned,long\n${[ID, SCRIPT, SCRIPT, TURNED, LONG].map(cell).join(',')}`;
    const batchId = await post(emulator, 'demo/v2', body);
    await emulator.customerAttributes.setSource('demo', 'crm', { description: SCRIPT, password: 'x' });
    const file = `customer_id,tier\n${ID.replaceAll('"', '')},"${SCRIPT.replaceAll('"', '')}"\n`;
    await emulator.customerAttributes.upload('demo', 'crm', '<script>.csv', file);
    await emulator.customerAttributes.upload('demo', 'crm', '<i>.csv', `customer_id,<i>bad</i>\n1,"2`);
    const { page, goTo, complaints } = await openPage(emulator, `#/batches/${batchId}?row=1`);
    await page.locator('.panel').getByText('window.broken').first().waitFor();
    const places = [
      '#/',
      '#/c/demo',
      `#/c/demo/profiles/thirdPartyId/${cell(ID)}`,
      '#/traffic',
      `#/c/demo/switches?was=${cell('{"settings":{"illegalIds":"accept"}}')}`,
      `#/c/demo/sources?id=${cell(ID)}`,
      `#/batches/${cell(SCRIPT)}`,
    ];
    for (const place of places) {
      await goTo(place);
      expect(await page.evaluate('window.broken')).toBeUndefined();
      await expect.poll(() => page.locator('main script, main img, main b > b, main i').count()).toBe(0);
    }
    await goTo(`#/c/demo/profiles/thirdPartyId/${cell(ID)}`);
    const main = page.locator('main');
    await main.getByText('<i>name</i>').first().waitFor();
    await main.getByText('__proto__').first().waitFor();
    await main.getByText('gold⟨U+202E⟩dlog').first().waitFor();
    await page.getByRole('button', { name: '60,000 characters' }).click();
    expect((await main.textContent())?.includes(LONG)).toBe(true);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(complaints).toEqual([]);
  });

  it('in an address leads to a page that says so, and never to an empty one', async () => {
    const emulator = await openWatched();
    const batchId = await post(emulator, 'demo/v2', 'batch=thirdPartyId,tier\nC-1,gold');
    const { page, goTo, complaints } = await openPage(emulator, '#/');
    const cell = encodeURIComponent;
    const places = [
      '#/batches/%E0%A4%A',
      `#/batches/${batchId}?row=-1`,
      `#/batches/${batchId}?row=99999999999`,
      `#/batches/${batchId}?row=abc&outcome=__proto__&q=${cell('\u0000')}`,
      `#/c/${cell('../../x')}`,
      `#/c/${cell(SCRIPT)}/switches`,
      '#/c/__proto__/profiles/constructor/toString',
      `#/c/demo/profiles/thirdPartyId/${cell('\u202E/../')}`,
      '#/traffic?client=%00&operation=none&cause=<b>&entry=abc',
      '#/rules?q=(((&confidence=<i>',
      '#/try?client=%2F..%2F&api=v9&raw=1',
      '#/compare?sample=__proto__&present=abc',
      '#/__proto__/constructor',
      `#/c/${cell(SCRIPT)}/sources?id=${cell(SCRIPT)}`,
      '#/c/demo/sources?id=%00&x=1',
      '#/c/demo/switches?was=%7B',
      '#/c/demo/switches?was=null',
      `#/c/demo/switches?was=${cell(JSON.stringify({ settings: { __proto__: 1, [SCRIPT]: SCRIPT }, pace: [], faults: { [SCRIPT]: 1 } }))}`,
    ];
    for (const place of places) {
      await goTo(place);
      expect((await page.locator('main').textContent())?.length, place).toBeGreaterThan(20);
      expect(await page.locator('main script, main img, main i').count(), place).toBe(0);
      expect(await page.getByText('a bug of ours').count(), place).toBe(0);
    }
    await goTo('#/compare?sample=documented-sample.txt&present=abc');
    await page.getByText('One file, three ways').waitFor();
    expect(complaints).toEqual([]);
  });

  it('is masked at a touch, and stays so for the next page', async () => {
    const emulator = await openWatched();
    await emulator.seedProfiles('demo', [{ thirdPartyId: 'C-1', attributes: { city: 'Reykjavik' } }]);
    const { page, goTo } = await openPage(emulator, '#/c/demo/profiles/thirdPartyId/C-1');
    await page.getByText('Reykjavik').waitFor();
    await page.keyboard.press('m');
    await page.getByText('Reykjavik').waitFor({ state: 'detached' });
    await goTo('#/c/demo');
    await page.locator('.masked').first().waitFor();
    await expect.poll(() => page.locator('main').textContent()).not.toContain('Reykjavik');
  });
});
