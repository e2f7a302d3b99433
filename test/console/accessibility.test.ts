/** axe finds nothing on any page, dark or light, wide or narrow; and no page is wider than its screen. */
import axe from 'axe-core';
import { expect, it } from 'vitest';
import { describeInBrowser, openPage, openWatched, post } from './support.ts';

const FILE = 'batch=thirdPartyId,tier\nC-1,gold\nC%2F2,gold\nC-3,';

describeInBrowser('every page', () => {
  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)(
    'is free of what axe calls a violation, %s at %i',
    async (colorScheme, width) => {
      const emulator = await openWatched();
      const batchId = await post(emulator, 'demo/v2', FILE);
      await post(emulator, 'demo', FILE);
      emulator.faults.set({ latency: { ms: 1, times: 1 } }, 'demo');
      const { customerAttributes } = emulator;
      await customerAttributes.setSource('demo', 'crm', { password: 'x' });
      await customerAttributes.upload('demo', 'crm', 'good.csv', 'customer_id,tier\nC-1,gold\n');
      await customerAttributes.upload('demo', 'crm', 'bad.csv', 'customer_id,tier\nC-1,"gold\n');
      const places = [
        '#/',
        '#/batches',
        `#/batches/${batchId}?row=2`,
        '#/c/demo',
        '#/c/demo/profiles/thirdPartyId/C-1',
        '#/c/demo/sources?id=C-1',
        '#/c/other/sources',
        '#/c/demo/switches',
        `#/c/demo/switches?was=${encodeURIComponent('{"settings":{"surplusCells":"fail"}}')}`,
        '#/compare',
        '#/compare?sample=documented-sample.txt',
        '#/compare?sample=crm-export.csv&present=1',
        '#/traffic?entry=1',
        '#/rules?q=v2',
        '#/try',
        '#/snapshots',
        '#/batches/none',
      ];
      const { page, goTo } = await openPage(emulator, '#/', { colorScheme, width });
      const found: string[] = [];
      for (const place of places) {
        await goTo(place);
        if (place.includes('sample')) await page.locator('.sides .dot, .slide').first().waitFor();
        if (place.includes('switches')) await page.locator('.fault').first().waitFor();
        if (place.includes('was=')) await page.locator('.changes h3').first().waitFor();
        await page.evaluate(axe.source);
        const violations = (await page.evaluate(
          'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ": " + html.slice(0, 160) + " " + failureSummary)))',
        )) as string[];
        found.push(...violations.map((violation) => `${place} ${violation}`));
        if ((await page.evaluate('document.documentElement.scrollWidth > innerWidth')) === true) {
          found.push(`${place} is wider than ${width}`);
        }
        const escaped = (await page.evaluate(
          '[...document.querySelectorAll(".card .rule")].filter((rule) => rule.getBoundingClientRect().right > rule.closest(".card").getBoundingClientRect().right).map(({ textContent }) => textContent)',
        )) as string[];
        found.push(...escaped.map((rule) => `${place} lets ${rule} out of its card`));
      }
      expect(found).toEqual([]);
    },
    120_000,
  );
});
