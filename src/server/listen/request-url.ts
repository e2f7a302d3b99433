/** The URL that request line and Host make, checked before anything is routed by it. */
import { type Incoming, isStream } from '../http/http2-stream.ts';

/** Throws a `TypeError` where they make none, or more than one. The target may be a whole URL (ep-absolute-form), and then counts before Host. */
export function requestUrl(incoming: Incoming): URL {
  const { url: target = '', rawHeaders, socket } = incoming;
  const host = namedHost(incoming);
  // Node is told to leave it to us, who say why.
  if (host === undefined && incoming.httpVersion === '1.1') throw new TypeError('Missing host header');
  // A URL takes a backslash for a slash: nothing may be routed by another path than was sent.
  if (/^[^?]*\\/.test(target)) throw new TypeError('Backslash in request path');
  if (isTwice('host', rawHeaders)) throw new TypeError('More than one Host header');
  if (/^https?:\/\//i.test(target) && !isStream(incoming)) {
    const url = new URL(target);
    if (url.username !== '' || url.password !== '') throw new TypeError('User in request target');
    return url;
  }
  if (!target.startsWith('/')) throw new TypeError('Invalid URL');
  if (host === undefined || host === '') throw new TypeError('Missing host header');
  const url = new URL(`${'encrypted' in socket ? 'https' : 'http'}://${host}${target}`);
  if (!PLAIN_HOST.test(host) && url.hostname !== host.replace(/:\d+$/, '').toLowerCase()) {
    throw new TypeError('Invalid host header');
  }
  return url;
}

/** HTTP/2 has a field of its own for it; who sends both says the same in both. */
function namedHost(incoming: Incoming): string | undefined {
  const { host } = incoming.headers;
  if (!isStream(incoming) || incoming.authority === '') return host;
  if (host !== undefined && host !== incoming.authority) throw new TypeError('Host and :authority differ');
  return incoming.authority;
}

/** Nothing in it that could be taken for a user, a path or a query. */
const PLAIN_HOST = /^[a-z0-9._-]+(?::\d+)?$/;

/** Node keeps the first and drops the others, where a proxy before us may have looked at the last. */
function isTwice(name: string, rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const given = rawHeaders[at]!;
    if (given.length === name.length && given.toLowerCase() === name) count += 1;
  }
  return count > 1;
}
