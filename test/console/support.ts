/** A page of the built console in real Chromium, looking at an emulator of the test's own. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, describe, onTestFinished } from 'vitest';
import { CHROMIUM, launchChromium } from '../../scripts/chromium.ts';
import { compareFile } from '../../src/cli/compare-file.ts';
import type { EmulatorOptions, EmulatorParts, RunningEmulator } from '../../src/server/index.ts';
import { openEmulator } from '../integration/support.ts';

/** Tests that need a browser; elsewhere they are skipped, with the package's name in the title. */
export const describeInBrowser = (title: string, tests: () => void) =>
  describe.skipIf(CHROMIUM === undefined)(
    CHROMIUM === undefined ? `${title} (skipped: needs the package chromium)` : title,
    // oxlint-disable-next-line vitest/valid-describe-callback
    tests,
  );

let launched: Promise<Browser> | undefined;
afterAll(async () => (await launched)?.close());

/** One browser for a file of tests, without anything that would talk to the world. */
export function browser(): Promise<Browser> {
  launched ??= launchChromium();
  return launched;
}

/** Applied by itself, at a time that stands still. */
export function openWatched(options: EmulatorOptions = {}, parts: EmulatorParts = {}): Promise<RunningEmulator> {
  return openEmulator(options, {
    drive: 'pump',
    consoleUrl: new URL('../../dist/console/', import.meta.url),
    compare: compareFile,
    ...parts,
  });
}

export interface OpenedPage {
  readonly page: Page;
  /** Another place of the console, by its address behind the `#`. */
  readonly goTo: (hash: string) => Promise<void>;
  /** What the page complained about: nothing, unless a test asks for it. */
  readonly complaints: readonly string[];
}

export async function openPage(
  emulator: Pick<RunningEmulator, 'url'>,
  hash: string,
  options: { readonly colorScheme?: 'dark' | 'light'; readonly width?: number } = {},
): Promise<OpenedPage> {
  const { colorScheme = 'light', width = 1280 } = options;
  const page = await (await browser()).newPage({ viewport: { width, height: 900 }, colorScheme });
  onTestFinished(() => page.close());
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  const goTo = async (place: string) => {
    await page.goto('about:blank');
    await page.goto(`${emulator.url}/__emulator/${place}`);
    await page.locator('main h1, main .empty, main .problem').first().waitFor();
  };
  await goTo(hash);
  return { page, goTo, complaints };
}

/** Posts a batch file; the id it was given. */
export async function post(emulator: RunningEmulator, path: string, body: string): Promise<string> {
  const reply = await fetch(`${emulator.url}/m2/${path}/profile/batchUpdate`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
  });
  return /batchId=([^<&]+)/.exec(await reply.text())?.[1] ?? '';
}
