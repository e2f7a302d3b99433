/** Beyond loopback the console asks for the control token once, and shows nothing before. */
import { expect, it } from 'vitest';
import { describeInBrowser, openPage, openWatched } from './support.ts';

const TOKEN = 'only-for-this-test-0123456789';

describeInBrowser('the console behind a control token', () => {
  it('asks for it, refuses another, and trades it for a cookie that no script can read', async () => {
    const emulator = await openWatched({ controlToken: TOKEN });
    await emulator.seedProfiles('demo', [{ thirdPartyId: 'C-1', attributes: { city: 'Reykjavik' } }]);
    const { page } = await openPage(emulator, '#/c/demo');
    await page.getByRole('heading', { name: 'asks for its token' }).waitFor();
    await expect.poll(() => page.locator('body').textContent()).not.toContain('Reykjavik');
    await page.getByLabel('Control token').fill('not-this-one');
    await page.getByRole('button', { name: 'Open the console' }).click();
    await page.getByText('is not the one').waitFor();
    await page.getByLabel('Control token').fill(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByText('Reykjavik').waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    expect(await page.evaluate('document.cookie + JSON.stringify(localStorage)')).not.toContain(TOKEN);
    expect(page.url()).not.toContain(TOKEN);
    await page.reload();
    await page.getByText('Reykjavik').waitFor();
  });

  it('is opened by the link that was printed, which leaves no token in the address', async () => {
    const emulator = await openWatched({ controlToken: TOKEN });
    const { page } = await openPage(emulator, `login?token=${TOKEN}`);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(page.url()).toBe(`${emulator.url}/__emulator/`);
  });
});
