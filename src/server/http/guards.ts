/**
 * Who may speak to the emulator at all. It holds customer data and takes writes without a password, so a page in some
 * browser must not reach it: neither through a name that was rebound to this machine, nor from a foreign origin.
 */
import { ownError } from './own-error.ts';
import type { Reply } from './reply.ts';

/** As much of a request as a guard looks at. */
type AskedRequest = Pick<Request, 'headers'>;

/** Judged before anything else runs, on both planes; undefined lets the request in. */
export type Guard = (request: AskedRequest, url: URL) => Reply | undefined;

/** `names` are the bound host and those of `--allow-host`, each with or without a port. */
export function hostAndOriginGuard(names: readonly string[]): Guard {
  const isServed = servedHosts(names);
  return (request, url) => {
    if (!isServed(url)) {
      return refuse(
        'foreign-host',
        `${url.host} is not served here. Start the emulator with --allow-host ${url.hostname}.`,
      );
    }
    const origin = request.headers.get('origin');
    if (origin !== null && !isSameOrigin(origin, url)) {
      return refuse(
        'foreign-origin',
        'A page of another origin may not call the emulator: let the server of the page pass /rest and /m2 on to it, so that both are one origin.',
      );
    }
    const isNavigation = request.headers.get('sec-fetch-mode') === 'navigate';
    return isNavigation ? undefined : foreignSiteGuard(request);
  };
}

/** Whether the authority a request was sent to is ours to answer for, or to put into a link. */
function servedHosts(names: readonly string[]): (url: URL) => boolean {
  const served = new Set(names.map((name) => name.toLowerCase()));
  return ({ host, hostname }) =>
    LOOPBACK.test(hostname) ||
    EDGE.test(hostname) ||
    served.has(hostname) ||
    served.has(host) ||
    served.has(unbracketed(hostname));
}

const LOOPBACK = /^(?:(?:[^.]+\.)*localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;
const EDGE = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.tt\.omtrdc\.net$/;

/** `--host ::1` and `--allow-host fd00::2` are written without brackets. */
const unbracketed = (hostname: string) => hostname.replace(/^\[(.*)\]$/, '$1');

/** The scheme is left aside: behind a TLS proxy it differs. `Origin: null` is foreign. */
function isSameOrigin(origin: string, url: URL): boolean {
  return URL.canParse(origin) && new URL(origin).host === url.host;
}

/**
 * `<img src=…/profile/update?…>` sends no Origin, but browsers say so in another way. Following a link stays possible
 * where it only shows something. For a GET that writes this guard stands alone: a page can follow a link by itself, in a
 * frame that nobody sees.
 */
export const foreignSiteGuard = ({ headers }: AskedRequest): Reply | undefined =>
  headers.get('sec-fetch-site') === 'cross-site'
    ? refuse('foreign-origin', 'A page of another site may not call the emulator.')
    : undefined;

const refuse = (code: string, message: string) => ownError({ status: 403, code, message });
