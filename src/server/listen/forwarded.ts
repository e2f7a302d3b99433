/** What a TLS terminator or another reverse proxy says of the request it passes on: `--trust-proxy`. */
import type { IncomingHttpHeaders } from 'node:http';

/**
 * The URL with the scheme and the authority under which the proxy nearest to the client was reached, where it says so: by
 * `Forwarded` (RFC 7239), or by `X-Forwarded-Proto` and `X-Forwarded-Host`. Throws a `TypeError` where these make no URL.
 */
export function forwardedOrigin(headers: IncomingHttpHeaders, url: URL): URL {
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
