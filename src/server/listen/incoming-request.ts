/** A request as it comes out of a socket: no more of it than is asked for, and its URL, taken apart and checked once. */
import type { IncomingMessage } from 'node:http';
import type { AskedRequest } from '../http/request-env.ts';

export interface IncomingRequest extends AskedRequest {
  readonly parsed: URL;
  /** Whoever sent it is gone: what waits on `signal` goes on. */
  abort(): void;
}

/** Throws a `TypeError` where request line and Host do not make a URL. */
export function incomingRequest(incoming: IncomingMessage): IncomingRequest {
  const parsed = urlOf(incoming.url ?? '', incoming.headers.host);
  let abortion: AbortController | undefined;
  return {
    method: incoming.method ?? 'GET',
    url: parsed.href,
    parsed,
    headers: { get: (name) => headerOf(incoming, name) },
    // Few wait, so that few need one.
    get signal() {
      return (abortion ??= new AbortController()).signal;
    },
    abort: () => abortion?.abort(),
  };
}

/** The target may be a whole URL (ep-absolute-form), and then counts before Host. */
function urlOf(target: string, host: string | undefined): URL {
  // A URL takes a backslash for a slash: nothing may be routed by another path than was sent.
  if (/^[^?]*\\/.test(target)) throw new TypeError('Backslash in request path');
  if (/^https?:\/\//.test(target)) return new URL(target);
  if (!target.startsWith('/')) throw new TypeError('Invalid URL');
  if (host === undefined || host === '') throw new TypeError('Missing host header');
  const url = new URL(`http://${host}${target}`);
  if (!PLAIN_HOST.test(host) && url.hostname !== host.replace(/:\d+$/, '').toLowerCase()) {
    throw new TypeError('Invalid host header');
  }
  return url;
}

/** Nothing in it that could be taken for a user, a path or a query. */
const PLAIN_HOST = /^[a-z0-9._-]+(?::\d+)?$/;

function headerOf({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : (value ?? null);
}
