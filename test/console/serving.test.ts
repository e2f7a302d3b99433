/** How the console is served: small, safe, kept by browsers, and to nobody who may not ask. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { WATCHERS_MAX } from '../../src/server/console/watchers.ts';
import { openEmulator, send } from '../integration/support.ts';
import { openWatched } from './support.ts';

const ASSETS_BYTES_MAX = 80 * 1024;

describe('the console over HTTP', () => {
  it('is at most 80 KiB, gzipped', () => {
    const files = readdirSync('dist/console/assets').map((name) => `dist/console/assets/${name}`);
    const bytes = ['dist/console/index.html', ...files].map((name) => gzipSync(readFileSync(name)).byteLength);
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(ASSETS_BYTES_MAX);
  });

  it('allows nothing from elsewhere and nothing inline, and its assets stay for ever', async () => {
    const emulator = await openWatched();
    const page = await send(`${emulator.url}/__emulator/`);
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(page.headers['x-content-type-options']).toBe('nosniff');
    const known = await send(`${emulator.url}/__emulator/`, {
      headers: { 'if-none-match': String(page.headers.etag) },
    });
    expect([known.status, known.text]).toEqual([304, '']);
    for (const [, name] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const asset = await send(`${emulator.url}/__emulator/${name}`);
      expect([asset.status, asset.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
    }
    for (const path of ['assets/none.js', 'assets/..%2Findex.html', 'assets/%2e%2e/index.html']) {
      expect((await send(`${emulator.url}/__emulator/${path}`)).status).toBe(404);
    }
  });

  it('is found by who types the address, and the API beside it is as it was', async () => {
    const emulator = await openWatched();
    const typed = await send(`${emulator.url}/`, {
      headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' },
    });
    expect([typed.status, typed.headers.location]).toEqual([302, '__emulator/']);
    const { status, headers } = await send(`${emulator.url}/__emulator`);
    expect([status, headers.location]).toEqual([302, '__emulator/']);
    expect((await send(`${emulator.url}/`)).status).toBe(404);
    expect((await send(`${emulator.url}/`, { method: 'POST', body: '' })).status).toBe(404);
  });

  it('is not shown to a foreign host or page, and neither are its events', async () => {
    const emulator = await openWatched();
    for (const path of ['', 'events', 'rules']) {
      const foreign = await send(`${emulator.url}/__emulator/${path}`, { headers: { host: 'evil.example' } });
      const other = await send(`${emulator.url}/__emulator/${path}`, { headers: { origin: 'http://evil.example' } });
      expect([foreign.status, other.status]).toEqual([403, 403]);
    }
  });

  it('says how to build it where it was not built', async () => {
    const emulator = await openEmulator({}, { consoleUrl: new URL('none/', import.meta.url) });
    const { status, text } = await send(`${emulator.url}/__emulator/`);
    expect([status, text]).toEqual([404, expect.stringContaining('npm run build')]);
  });

  it('tells a bounded number of watchers, lets each go, and closes while they watch', async () => {
    const emulator = await openWatched();
    const ended = new AbortController();
    const watch = () => fetch(`${emulator.url}/__emulator/events`, { signal: ended.signal });
    const watching = await Promise.all(Array.from({ length: WATCHERS_MAX }, watch));
    expect(new Set(watching.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await watch()).status).toBe(503);
    ended.abort();
    await expect.poll(async () => (await fetch(`${emulator.url}/__emulator/events`)).status).toBe(200);
    await emulator.close();
  });
});
