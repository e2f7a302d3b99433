/** The guard by itself: which names and origins pass. */
import { describe, expect, it } from 'vitest';
import { foreignSiteGuard, hostAndOriginGuard, type Plane } from '../../../../src/server/http/guards.ts';

const guard = hostAndOriginGuard(['::1', '0.0.0.0', 'Crm.Internal', 'proxy:9000', 'fd00::2']);
const passes = (url: string, headers: Record<string, string> = {}, peer?: string, plane: Plane = 'emulated') =>
  guard({ method: 'GET', headers: new Headers(headers), url: new URL(url), peer }, plane) === undefined;
const passesControl = (url: string, headers: Record<string, string> = {}) => passes(url, headers, undefined, 'control');

describe('names', () => {
  it.each([
    'localhost',
    'localhost:1',
    'a.b.localhost',
    '127.0.0.1',
    '127.1.2.3:80',
    '[::1]:8181',
    '0.0.0.0:1',
    'crm.internal:5',
    'proxy:9000',
    '[fd00::2]',
    'demo.tt.omtrdc.net',
    'a.b.tt.omtrdc.net:80',
  ])('%s is served', (host) => {
    expect(passes(`http://${host}/x`)).toBe(true);
  });

  it.each([
    'evil.example',
    '128.0.0.1',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'notlocalhost',
    'tt.omtrdc.net',
    'xtt.omtrdc.net',
    'demo.tt.omtrdc.net.evil.example',
    'proxy:9001',
    '[::2]',
    'internal',
  ])('%s is refused', (host) => {
    expect(passes(`http://${host}/x`)).toBe(false);
  });
});

describe('a name of this machine', () => {
  it.each(['localhost', 'app.localhost:8181', '127.0.0.1'])('%s is served to this machine alone', (host) => {
    const peers = [
      '127.0.0.1',
      '127.8.8.8',
      '::1',
      '::ffff:127.0.0.1',
      '10.0.0.9',
      '::ffff:10.0.0.9',
      'fe80::1',
      'gone',
    ];
    const served = peers.filter((peer) => passes(`http://${host}/x`, {}, peer));
    expect(served).toEqual(peers.slice(0, 4));
  });

  it('is served to all where it is allowed by name: a published port of a container brings it from elsewhere', () => {
    const published = hostAndOriginGuard(['0.0.0.0', 'localhost']);
    const asker = { method: 'GET', headers: new Headers(), url: new URL('http://localhost:8181/'), peer: '172.17.0.1' };
    expect(published(asker, 'control')).toBeUndefined();
  });
});

describe('a name of the emulated service', () => {
  it.each(['demo.tt.omtrdc.net', 'mc.adobe.io'])('%s has nothing of ours, however its path is written', (host) => {
    for (const path of ['/__emulator/health', '/%5f%5femulator/health', '/below/a/mount/__emulator/health']) {
      expect(passesControl(`http://${host}${path}`), path).toBe(false);
      expect(passes(`http://${host}${path}`), path).toBe(true);
    }
  });
});

describe('links', () => {
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  it('from elsewhere reach pages under /__emulator and nothing else', () => {
    expect(passesControl('http://localhost/__emulator/', link)).toBe(true);
    expect(passes('http://localhost/m2/demo/profile/batchStatus', link)).toBe(false);
    expect(passesControl('http://localhost/__emulator/', { 'sec-fetch-site': 'cross-site' })).toBe(false);
    const form = {
      method: 'POST',
      headers: new Headers(link),
      url: new URL('http://localhost/__emulator/'),
      peer: undefined,
    };
    expect(guard(form, 'control')).toMatchObject({ status: 403 });
  });

  it('are refused by who asks for the site itself', () => {
    expect(foreignSiteGuard({ headers: new Headers(link) })).toMatchObject({ status: 403 });
    expect(foreignSiteGuard({ headers: new Headers({ 'sec-fetch-mode': 'navigate' }) })).toMatchObject({ status: 403 });
    const typed = new Headers({ ...link, 'sec-fetch-site': 'none' });
    expect(foreignSiteGuard({ headers: typed })).toBeUndefined();
  });
});

describe('origins', () => {
  it.each([
    [{}, true],
    [{ origin: 'http://localhost:8181' }, true],
    [{ origin: 'https://localhost:8181' }, true],
    [{ origin: 'http://localhost' }, false],
    [{ origin: 'http://127.0.0.1:8181' }, false],
    [{ origin: 'null' }, false],
    [{ origin: '' }, false],
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'none' }, true],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, false],
  ])('%j passes: %s', (headers, expected) => {
    expect(passes('http://localhost:8181/x', headers as Record<string, string>)).toBe(expected);
  });
});
