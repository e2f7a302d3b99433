/** What changes is seen while it changes: batches under way, a connection that is lost and comes back. */
import { expect, it } from 'vitest';
import { startEmulator } from '../../src/server/index.ts';
import { describeInBrowser, openPage, openWatched, post } from './support.ts';

describeInBrowser('a page that watches', () => {
  it('sees a batch come, go on and complete without being touched', async () => {
    const emulator = await openWatched({ pace: 'manual' });
    const { page } = await openPage(emulator, '#/batches');
    const rows = Array.from({ length: 5_000 }, (_, index) => `C-${index},gold`).join('\n');
    const batchId = await post(emulator, 'demo/v2', `batch=thirdPartyId,tier\n${rows}`);
    await page.locator('.pill.status-incomplete').waitFor();
    emulator.faults.set({}, 'demo');
    await emulator.releaseBatch(batchId);
    await page.locator('.pill.status-complete').waitFor();
  });

  it('shows how far a running batch is, in numbers that grow to the last', async () => {
    const emulator = await openWatched();
    emulator.faults.set({ slowIngestion: { rowsPerStep: 100, everyMs: 1_000 } }, 'demo');
    const rows = Array.from({ length: 1_000 }, (_, index) => `C-${index},gold`).join('\n');
    const batchId = await post(emulator, 'demo/v2', `batch=thirdPartyId,tier\n${rows}`);
    const { page } = await openPage(emulator, `#/batches/${batchId}`);
    const consumed = page.locator('.counters dd').nth(1);
    const seen: number[] = [];
    for (let step = 0; step < 11; step += 1) {
      await emulator.advance(1_000);
      const now = emulator.batch(batchId)!.consumedCount;
      await consumed.getByText(now.toLocaleString('en'), { exact: true }).waitFor();
      seen.push(now);
    }
    expect(new Set(seen).size).toBeGreaterThan(5);
    expect(seen.at(-1)).toBe(1_000);
    await page.locator('.pill.status-complete').waitFor();
  });

  it('keeps the rows of a running batch on the page while more of them are applied', async () => {
    const emulator = await openWatched();
    emulator.faults.set({ slowIngestion: { rowsPerStep: 100, everyMs: 1_000 } }, 'demo');
    const rows = Array.from({ length: 400 }, (_, index) => `C-${index},gold`).join('\n');
    const batchId = await post(emulator, 'demo/v2', `batch=thirdPartyId,tier\n${rows}`);
    await emulator.advance(1_000);
    const { page } = await openPage(emulator, `#/batches/${batchId}`);
    await page.locator('.row-link').first().waitFor();
    await page.evaluate(`{
      window.gone = 0;
      new MutationObserver(() => {
        if (document.querySelectorAll('.row-link').length === 0) window.gone += 1;
      }).observe(document.querySelector('main'), { childList: true, subtree: true });
    }`);
    for (let step = 0; step < 2; step += 1) {
      await emulator.advance(1_000);
      const applied = emulator.batch(batchId)!.consumedCount;
      const listed = page.locator('section[aria-labelledby=rows] [role=status]');
      await listed.getByText(String(Math.min(200, applied))).waitFor();
    }
    expect(await page.evaluate('window.gone')).toBe(0);
  });

  it('shows how far both sides of a comparison are while it runs', async () => {
    const side = { successfulUpdates: 0, profilesNotFound: 0, failedUpdates: 0 };
    let consumedCount = 0;
    let end: (told: object) => void = () => {};
    const emulator = await openWatched(
      {},
      {
        compare: (_, watched) => {
          watched(() => ({
            input: 'documented-sample.txt',
            sides: [
              { ...side, api: 'v1', batchSize: 70_000, consumedCount, profilesNotFound: consumedCount },
              { ...side, api: 'v2', batchSize: 0, consumedCount: 0 },
            ],
          }));
          return new Promise((resolve) => (end = resolve));
        },
      },
    );
    const { page } = await openPage(emulator, '#/compare?sample=documented-sample.txt');
    const [v1, v2] = [page.locator('section[aria-label=v1]'), page.locator('section[aria-label=v2]')];
    for (consumedCount of [2_000, 34_000, 70_000]) {
      await v1.getByText(`${consumedCount.toLocaleString('en')} of 70,000 rows applied`).waitFor();
      await v1.locator('div', { hasText: 'profilesNotFound' }).getByText(consumedCount.toLocaleString('en')).waitFor();
    }
    await v2.getByText('not sent yet').waitFor();
    end({ kind: 'input-unreadable', message: 'It ended.' });
    await page.getByText('It ended.').waitFor();
  });

  it('says that the connection is lost, and comes back by itself', async () => {
    const parts = { consoleUrl: new URL('../../dist/console/', import.meta.url) };
    const first = await startEmulator({}, parts);
    const { page } = await openPage(first, '#/');
    await page.getByText('live', { exact: true }).waitFor();
    await first.close();
    await page.getByText('connection lost').waitFor();
    await using second = await startEmulator({ port: first.port }, parts);
    await second.seedProfiles('after', [{ pcId: '1' }]);
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'after', exact: true }).waitFor();
  });
});
