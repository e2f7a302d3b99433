/** Under which URL a request reached us, checked before anything is routed by it, and whether a link to that name comes back here. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { type Incoming, isStream } from '../http/http2-stream.ts';

export type Reached = ReturnType<typeof reachedBy>;

/** `trustProxy`: what is in front of the emulator says how it was reached itself. */
export function reachedBy({ trustProxy }: { readonly trustProxy: boolean }, ownPorts: () => OwnPorts) {
  const tunnels = new WeakSet<object>();
  /** Of tunnels through TLS: the TLS in one is another socket, on the same way. */
  const tunnelled = new Set<string>();
  return {
    /** Throws a `TypeError` where request line and Host make no URL, or more than one. */
    url(incoming: Incoming): URL {
      const url = requestUrl(incoming);
      return trustProxy ? forwardedOrigin(incoming.headers, url) : url;
    },
    /** Whether the name and the port of the URL lead its sender here, by what is known of the way it took. */
    leadsHere(incoming: Incoming, url: URL): boolean {
      if (trustProxy || isAbsolute(incoming)) return true;
      const { plain, tls } = ownPorts();
      const { socket } = incoming;
      const isEncrypted = 'encrypted' in socket;
      // TLS on the plain port has come through a tunnel: no other way leads into it there.
      if (isEncrypted ? socket.localPort !== tls : tunnels.has(socket)) return true;
      if (tunnelled.size > 0 && tunnelled.has(wayOf(socket))) return true;
      return Number(url.port || (isEncrypted ? 443 : 80)) === (isEncrypted ? tls : plain);
    },
    /** Everything that comes through it was sent to a proxy. */
    isTunnel(socket: Socket): void {
      tunnels.add(socket);
      if (!('encrypted' in socket)) return;
      const way = wayOf(socket);
      tunnelled.add(way);
      socket.once('close', () => tunnelled.delete(way));
    },
  };
}

/** The same of a connection before TLS and in it. */
export const wayOf = ({ remoteAddress, remotePort, localPort }: Socket) =>
  `${remoteAddress} ${remotePort} ${localPort}`;

export interface OwnPorts {
  readonly plain: number;
  /** Undefined where TLS has no port of its own. */
  readonly tls: number | undefined;
}

/** As a client sends it to its `http_proxy` (ep-absolute-form). */
const isAbsolute = (incoming: Incoming) => !isStream(incoming) && /^https?:\/\//.test(incoming.url ?? '');

/** What request line and Host make. Throws a `TypeError` where they make none, or more than one. The target may be a whole URL (ep-absolute-form), and then counts before Host. */
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

/**
 * `--trust-proxy`: the URL with the scheme and the authority under which the proxy nearest to the client was reached, where it says
 * so by `Forwarded` (RFC 7239), or by `X-Forwarded-Proto` and `X-Forwarded-Host`. Throws a `TypeError` where these make no URL.
 */
function forwardedOrigin(headers: IncomingHttpHeaders, url: URL): URL {
  const { proto, host } = parameters(headers);
  if (proto === undefined && host === undefined) return url;
  const scheme = (proto ?? url.protocol.slice(0, -1)).toLowerCase();
  if (scheme !== 'http' && scheme !== 'https') throw new TypeError('Invalid forwarded scheme');
  if (host !== undefined && !AUTHORITY.test(host)) throw new TypeError('Invalid forwarded host');
  const forwarded = new URL(`${scheme}://${host ?? url.host}`);
  return new URL(`${forwarded.origin}${url.pathname}${url.search}`);
}

/** Nothing in it that could be taken for a user, a path or a query. */
const AUTHORITY = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/** Each proxy on the way adds its own word at the end; the first is the one that the client met. */
function parameters({ forwarded, ...others }: IncomingHttpHeaders): Readonly<Record<string, string | undefined>> {
  if (forwarded === undefined)
    return { proto: firstOf(others['x-forwarded-proto']), host: firstOf(others['x-forwarded-host']) };
  const pairs = firstOf(forwarded)?.split(';') ?? [];
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return [name.trim().toLowerCase(), value.trim().replaceAll(/^"|"$/g, '')];
    }),
  );
}

const firstOf = (header: string | string[] | undefined): string | undefined =>
  [header].flat()[0]?.split(',')[0]?.trim() || undefined;
