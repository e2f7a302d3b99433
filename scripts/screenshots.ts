/** `npm run screenshots`: the pictures of the console in docs/images, made from the samples; look at them before committing. */
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { compareFile } from '../src/cli/compare-file.ts';
import { startEmulator, type SeedProfile } from '../src/server/index.ts';
import { launchChromium } from './chromium.ts';

const DIRECTORY = 'docs/images';
const BYTES_MAX = 200 * 1024;

/** Always the same day, so that a picture changes only where a page does. */
const NOW = '2026-01-14T09:30:00Z';

const emulator = await startEmulator(
  { clock: 'virtual' },
  { consoleUrl: new URL(`file://${process.cwd()}/dist/console/`), compare: compareFile },
);
await emulator.changeClock({ now: NOW });
await emulator.seedProfiles('demo', sampleProfiles());
const [, ...lines] = readFileSync('samples/crm-export.csv', 'utf8').trim().split('\n');
const rows = lines.map((line) => {
  const [id = '', , city = '', tier = '', points = ''] = line.split(',').map(encodeURIComponent);
  return [id, tier, points, city].join(',');
});
const file = ['batch=thirdPartyId,loyaltyTier,loyaltyPoints,city', ...rows, 'C%2F1,gold'].join('\n');
await post('demo/profile', file);
await emulator.advance(60 * 60 * 1000);
const batchId = await post('demo/v2/profile', file);
await emulator.advance(60 * 60 * 1000);
await post('demo/v2/profile', 'batch=thirdPartyId,newsletter\nC-48327262,true\nC-96599091,false');
await post('loyalty/v2/profile', readFileSync('samples/documented-sample.txt', 'utf8'));
await emulator.setSettings('loyalty', { statusShape: '2020' });
await emulator.setPace('loyalty', { kind: 'manual' });
await post('loyalty/v2/profile', 'batch=pcId,tier\n123,gold');

const SHOTS: readonly { name: string; hash: string; colorScheme: 'dark' | 'light'; ready: string }[] = [
  { name: 'batch', hash: `#/batches/${batchId}?row=3`, colorScheme: 'light', ready: '.panel table' },
  { name: 'profile', hash: '#/c/demo/profiles/thirdPartyId/C-48327262', colorScheme: 'dark', ready: '.timeline' },
  {
    name: 'changes',
    hash: `#/c/demo/switches?was=${encodeURIComponent('{"settings":{"illegalIds":"accept"}}')}`,
    colorScheme: 'dark',
    ready: '.changes h3',
  },
  { name: 'compare', hash: '#/compare?sample=crm-export.csv', colorScheme: 'light', ready: '.sides .dot' },
];

const browser = await launchChromium();
mkdirSync(DIRECTORY, { recursive: true });
for (const { name, hash, colorScheme, ready } of SHOTS) {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    colorScheme,
    timezoneId: 'UTC',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  await page.goto(`${emulator.url}/__emulator/${hash}`);
  await page.locator(ready).first().waitFor();
  await page.getByText('live', { exact: true }).waitFor({ state: 'attached' });
  await page.waitForLoadState('load');
  const path = `${DIRECTORY}/${name}.png`;
  await page.screenshot({ path, animations: 'disabled' });
  await page.close();
  const { size } = statSync(path);
  if (size > BYTES_MAX) throw new Error(`${path} has ${size} bytes, more than ${BYTES_MAX}.`);
  process.stdout.write(`${path}  ${size} bytes\n`);
}
await browser.close();
await emulator.close();

function sampleProfiles(): SeedProfile[] {
  return readFileSync('samples/crm-profiles.ndjson', 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { client: _, ...profile } = JSON.parse(line) as SeedProfile & { client?: string };
      return profile;
    });
}

async function post(path: string, body: string): Promise<string> {
  const url = `${emulator.url}/m2/${path}/batchUpdate`;
  const reply = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  await emulator.drain();
  return /batchId=([^<&]+)/.exec(await reply.text())?.[1] ?? '';
}
