/** Client codes, hosts and paths. */
import { describe, expect, test } from 'vitest';
import {
  epPostOnly,
  hostClient,
  ourClientCode,
  ourClientMismatch,
  ourUnknownClient,
} from '../../../../src/protocol/rules/routing.ts';

describe('client codes', () => {
  test.each(['a', 'demo', 'My_Client-01', 'x'.repeat(64)])('our-client-code: %s is one', (text) => {
    expect(ourClientCode.decide(text)).toBe(text);
  });

  test.each(['', 'x'.repeat(65), 'a.b', 'a b', 'é', 'a/b', 'a\n', '<a>', '__proto__\0'])(
    'our-client-code: %j is none',
    (text) => {
      expect(ourClientCode.decide(text)).toMatchObject({ kind: 'rejection', rule: 'our-client-code' });
    },
  );

  test('our-client-code: the message does not repeat what was sent', () => {
    expect(JSON.stringify(ourClientCode.decide('<script>'))).not.toContain('script');
  });
});

describe('hosts', () => {
  test.each([
    ['demo.tt.omtrdc.net', 'demo'],
    ['demo.tt.omtrdc.net:8181', 'demo'],
    ['Demo.TT.omtrdc.net.', 'Demo'],
    ['mboxedge28.tt.omtrdc.net', undefined],
    ['mboxedge.tt.omtrdc.net', undefined],
    ['mboxedge28x.tt.omtrdc.net', 'mboxedge28x'],
    ['a.b.tt.omtrdc.net', undefined],
    ['tt.omtrdc.net', undefined],
    ['demo.tt.omtrdc.net.evil.example', undefined],
    ['evildemo-tt.omtrdc.net', undefined],
    ['localhost:8181', undefined],
    ['[::1]:8181', undefined],
    ['', undefined],
  ])('ep-host-client, ep-host-edge: %s names the client %s', (host, client) => {
    expect(hostClient(host)).toBe(client);
  });
});

const decide = (pathClient: string, host: string, reading: 'refuse' | 'path-wins' | 'host-wins' = 'refuse') =>
  ourClientMismatch.decide(pathClient, hostClient(host), reading);

describe('host and path', () => {
  test('our-client-mismatch: on edges and loopback the path decides', () => {
    expect(decide('demo', 'mboxedge28.tt.omtrdc.net')).toBe('demo');
    expect(decide('demo', '127.0.0.1:8181')).toBe('demo');
    expect(decide('client', 'localhost')).toBe('client');
  });

  test("our-client-mismatch: the same client in both, in whatever case, keeps the path's spelling", () => {
    expect(decide('Demo', 'demo.tt.omtrdc.net')).toBe('Demo');
  });

  test("our-client-mismatch: another client's path is refused, or wins by setting", () => {
    expect(decide('other', 'demo.tt.omtrdc.net')).toMatchObject({ kind: 'rejection', rule: 'our-client-mismatch' });
    expect(decide('other', 'demo.tt.omtrdc.net', 'path-wins')).toBe('other');
    expect(decide('other', 'demo.tt.omtrdc.net', 'host-wins')).toBe('demo');
    expect(decide('Demo', 'demo.tt.omtrdc.net', 'host-wins')).toBe('Demo');
  });

  test("ep-literal-client: the word `client` stands for the host's", () => {
    expect(decide('client', 'demo.tt.omtrdc.net')).toBe('demo');
    expect(decide('client', 'demo.tt.omtrdc.net', 'path-wins')).toBe('demo');
    expect(decide('Client', 'demo.tt.omtrdc.net')).toMatchObject({ kind: 'rejection' });
  });
});

test('our-unknown-client: refused only where unknown and so set', () => {
  expect(ourUnknownClient.decide(false, 'create')).toBeUndefined();
  expect(ourUnknownClient.decide(true, 'refuse')).toBeUndefined();
  expect(ourUnknownClient.decide(false, 'refuse')).toMatchObject({ rule: 'our-unknown-client' });
});

test('ep-post-only: any other method is refused', () => {
  expect(epPostOnly.decide('POST')).toBeUndefined();
  for (const method of ['GET', 'PUT', 'DELETE', 'post']) {
    expect(epPostOnly.decide(method)).toMatchObject({ rule: 'ep-post-only' });
  }
});
