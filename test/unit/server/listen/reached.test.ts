/** What request line and Host make of a URL, and which of them make none. */
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { requestUrl } from '../../../../src/server/listen/reached.ts';

function incoming(target: string, headers: IncomingMessage['headers']): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.method = 'GET';
  message.url = target;
  Object.assign(message.headers, headers);
  return message;
}
const urlOf = (target: string, host = 'localhost:8181') => requestUrl(incoming(target, { host })).href;

describe('a URL', () => {
  it.each([
    ['/m2/demo/profile/update?a=%61', 'localhost:8181', 'http://localhost:8181/m2/demo/profile/update?a=%61'],
    ['/x', 'LocalHost:80', 'http://localhost/x'],
    ['/x', '[::1]:8181', 'http://[::1]:8181/x'],
    ['/a/../x', 'localhost', 'http://localhost/x'],
    ['/x?path=\\', 'localhost', 'http://localhost/x?path=\\'],
    ['http://demo.tt.omtrdc.net/x', 'evil.example', 'http://demo.tt.omtrdc.net/x'],
    ['HTTP://localhost/x', 'evil.example', 'http://localhost/x'],
    ['hTTps://localhost/x', 'evil.example', 'https://localhost/x'],
    ['http://demo.tt.omtrdc.net/x', '', 'http://demo.tt.omtrdc.net/x'],
  ])('of %s at %s', (target, host, url) => {
    expect(urlOf(target, host)).toBe(url);
  });

  it.each([
    ['*', 'localhost'],
    ['x', 'localhost'],
    ['ftp://localhost/x', 'localhost'],
    ['http://', 'localhost'],
    ['http://user@localhost/x', 'localhost'],
    ['http://user:secret@localhost/x', 'localhost'],
    ['http://:secret@localhost/x', 'localhost'],
    ['/a\\b', 'localhost'],
    ['http://localhost\\@evil.example/x', 'localhost'],
    ['/x', ''],
    ['/x', 'user@localhost'],
    ['/x', 'localhost:8181@evil.example'],
    ['/x', 'localhost/evil'],
    ['/x', 'localhost?'],
    ['/x', 'localhost#'],
    ['/x', 'localhost:'],
    ['/x', 'localhost:99999'],
    ['/x', 'a b'],
    ['/x', '[::1'],
  ])('is not made of %s at "%s"', (target, host) => {
    expect(() => urlOf(target, host)).toThrow(TypeError);
  });
});

describe('two Host headers', () => {
  it.each([
    ['/x', ['Host', 'localhost', 'host', 'localhost']],
    ['http://localhost/x', ['HOST', 'localhost', 'Accept', '*/*', 'Host', 'evil.example']],
  ])('make none of %s, whatever they say', (target, rawHeaders) => {
    const message = incoming(target, { host: 'localhost' });
    message.rawHeaders = rawHeaders;
    expect(() => requestUrl(message)).toThrow('More than one Host header');
  });
});
