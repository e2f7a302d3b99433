/** The guard by itself: which names and origins pass. */
import { describe, expect, it } from 'vitest';
import { hostAndOriginGuard } from '../../../../src/server/http/guards.ts';

const guard = hostAndOriginGuard(['::1', '0.0.0.0', 'Crm.Internal', 'proxy:9000', 'fd00::2']);
const passes = (url: string, headers: Record<string, string> = {}) =>
  guard(new Request(url, { headers }), new URL(url)) === undefined;

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
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, true],
  ])('%j passes: %s', (headers, expected) => {
    expect(passes('http://localhost:8181/x', headers as Record<string, string>)).toBe(expected);
  });
});
