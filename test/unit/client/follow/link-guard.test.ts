import { describe, expect, it } from 'vitest';
import { judgeLink, LINK_LENGTH_MAX, withDetails } from '../../../../src/client/follow/link-guard.ts';

const judge = (link: string, endpoint = 'https://acme.tt.omtrdc.net', allowHosts: string[] = []) =>
  judgeLink(link, { endpoint: new URL(endpoint), allowHosts });

describe('judgeLink', () => {
  it.each([
    ['https://acme.tt.omtrdc.net/m2/acme/profile/batchStatus?batchId=1', undefined, true],
    ['https://mboxedge45.tt.omtrdc.net/m2/acme/profile/batchStatus?batchId=1', undefined, true],
    ['http://mboxedge45.tt.omtrdc.net/m2/acme/profile/batchStatus?batchId=1', undefined, false],
    ['http://mboxedge45.tt.omtrdc.net/x?batchId=1', 'http://acme.tt.omtrdc.net', true],
    ['http://127.0.0.1:8181/x', 'http://127.0.0.1:8181', true],
    ['http://LOCALHOST:8181/x', 'http://localhost:8181', true],
    ['http://[::1]:8181/x', 'http://[::1]:8181', true],
  ])('ep-status-absolute: follows %s', (link, endpoint, withToken) => {
    expect(judge(link, endpoint)).toEqual({ kind: 'allowed', withToken });
  });

  it('follows allowed hosts, by name or by name and port', () => {
    expect(judge('http://proxy.internal:99/x', 'http://e', ['Proxy.internal'])).toMatchObject({ kind: 'allowed' });
    expect(judge('http://proxy.internal:99/x', 'http://e', ['proxy.internal:99'])).toMatchObject({ kind: 'allowed' });
    expect(judge('http://proxy.internal:98/x', 'http://e', ['proxy.internal:99'])).toMatchObject({ kind: 'refused' });
  });

  it.each([
    '',
    'x',
    '/m2/acme/profile/batchStatus',
    'file:///etc/passwd',
    'ftp://acme.tt.omtrdc.net/',
    'javascript:alert(1)',
    'https://evil.example/',
    'https://acme.tt.omtrdc.net.evil.example/',
    'https://evil.example/?https://acme.tt.omtrdc.net/',
    'https://acme.tt.omtrdc.net@evil.example/',
    'https://user:pw@acme.tt.omtrdc.net/',
    'https://@acme.tt.omtrdc.net/',
    'https://acme.tt.omtrdc.net:444/',
    'https://other.tt.omtrdc.net/',
    'https://mboxedge45.tt.omtrdc.net.evil.example/',
    'https://xmboxedge45.tt.omtrdc.net/',
    'https://mboxedge45.tt.omtrdc.net:8443/',
    'https://acme.tt.omtrdc.net\\@evil.example/',
    'https://acme.tt.omtrdc.net/ x',
    'https://acme.tt.omtrdc.net/\r\nX: y',
    'https://acme.tt.omtrdc.net/\u001b[2J',
    'https://acme.tt.omtrdc.net/#x',
    'https://ácme.tt.omtrdc.net/',
    `https://acme.tt.omtrdc.net/${'x'.repeat(LINK_LENGTH_MAX)}`,
  ])('does not follow %j', (link) => {
    expect(judge(link)).toMatchObject({ kind: 'refused' });
  });

  it('an edge is trusted by real endpoints only', () => {
    expect(judge('https://mboxedge45.tt.omtrdc.net/', 'http://127.0.0.1:8181')).toMatchObject({ kind: 'refused' });
  });
});

describe('withDetails', () => {
  it('ep-status-details: appends as naively as every client does, and only once', () => {
    expect(withDetails('http://h/x?batchId=1')).toBe('http://h/x?batchId=1&showDetails=true');
    expect(withDetails('http://h/x')).toBe('http://h/x?showDetails=true');
    expect(withDetails('http://h/x?batchId=1&showDetails=true')).toBe('http://h/x?batchId=1&showDetails=true');
  });
});
