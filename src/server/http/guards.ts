/**
 * Who may speak to the emulator at all. It holds customer data and takes writes without a password, so a page in some
 * browser must not reach it: neither through a name that was rebound to this machine, nor from a foreign origin or site.
 */
import { bindingsOf, type EmulatorContext } from './emulator-env.ts';
import { isLoopbackAddress, isLoopbackName } from './loopback.ts';
import { ownError } from './own-error.ts';
import type { Reply } from './reply.ts';

/** As much of a request as a guard looks at. */
export interface Asker {
  readonly method: string;
  readonly headers: Pick<Headers, 'get'>;
  readonly url: URL;
  /** The address it came from; undefined where it came through no socket. */
  readonly peer: string | undefined;
}

/** Which of both APIs answers: as it was routed, whatever the path looks like before it is decoded or below a mount. */
export type Plane = 'emulated' | 'control';

export const askerOf = (c: EmulatorContext): Asker => ({
  method: c.req.method,
  headers: c.req.raw.headers,
  url: c.get('call').url,
  peer: peerOf(c),
});

/** Who sends a request, by address: all that is asked in process is one sender. */
export const senderOf = (c: EmulatorContext): string => peerOf(c) ?? 'this process';

/** A sender that is gone already has no address, and is not taken for one of this machine. */
function peerOf(c: EmulatorContext): string | undefined {
  const { incoming } = bindingsOf(c);
  return incoming === undefined ? undefined : (incoming.socket.remoteAddress ?? 'gone');
}

export type Guard = ReturnType<typeof hostAndOriginGuard>;

/**
 * Judged before anything else runs, on both planes; undefined lets the request in. `names` are the bound host and those of
 * `--allow-host`, each with or without a port.
 */
export function hostAndOriginGuard(names: readonly string[]) {
  const isServed = servedHosts(names);
  const guard = (asker: Asker, plane: Plane): Reply | undefined => {
    const { headers, url } = asker;
    if (!isServed(asker, plane)) {
      return refuse(
        'foreign-host',
        `${url.host} is not served here. Start the emulator with --allow-host ${url.hostname}.`,
      );
    }
    const origin = headers.get('origin');
    if (origin !== null && !isSameOrigin(origin, url)) {
      return refuse(
        'foreign-origin',
        'A page of another origin may not call the emulator: let the server of the page pass /rest and /m2 on to it, so that both are one origin. It must keep Host as the page has it, port included (nginx: proxy_set_header Host $http_host; http-proxy-middleware: changeOrigin false), or name it in X-Forwarded-Host to an emulator started with --trust-proxy.',
      );
    }
    return plane === 'control' && isLink(asker) ? undefined : foreignSiteGuard(asker);
  };
  return Object.assign(guard, {
    /** Whether the host is one that is stood in for: not a name of this machine. */
    isEmulated(hostname: string) {
      if (isLoopbackName(hostname) || !URL.canParse(`http://${hostname}/`)) return false;
      return isServed({ url: new URL(`http://${hostname}/`), peer: undefined }, 'emulated');
    },
  });
}

/** Whether the authority a request was sent to is ours to answer for, or to put into a link. */
function servedHosts(names: readonly string[]): (asker: Pick<Asker, 'url' | 'peer'>, plane: Plane) => boolean {
  const served = new Set(names.map((name) => name.toLowerCase()));
  return ({ url: { host, hostname }, peer }, plane) =>
    // Another machine that says localhost means itself.
    (isLoopbackName(hostname) && (peer === undefined || isLoopbackAddress(peer))) ||
    // Names of the emulated service have nothing of ours.
    (plane === 'emulated' && (EDGE.test(hostname) || hostname === ADMIN_HOST)) ||
    served.has(hostname) ||
    served.has(host) ||
    served.has(unbracketed(hostname));
}

const EDGE = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.tt\.omtrdc\.net$/;

/** Where tokens are issued. */
const ADMIN_HOST = 'mc.adobe.io';

/** `--host ::1` and `--allow-host fd00::2` are written without brackets. */
const unbracketed = (hostname: string) => hostname.replace(/^\[(.*)\]$/, '$1');

/** The scheme is left aside: behind a TLS proxy it differs. `Origin: null` is foreign. */
function isSameOrigin(origin: string, url: URL): boolean {
  return URL.canParse(origin) && new URL(origin).host === url.host;
}

/** Pages and what they are made of may be linked from anywhere: there is no data in them, and operations refuse for themselves. */
const isLink = ({ method, headers }: Asker) => method === 'GET' && headers.get('sec-fetch-mode') === 'navigate';

/**
 * `<img src=…/profile/update?…>`, a link and a form send no Origin, but browsers say so in another way. A page on another
 * port of this machine is of the same site, and as foreign as any; `none` is the person at the address bar.
 */
export function foreignSiteGuard({ headers }: Pick<Asker, 'headers'>): Reply | undefined {
  const site = headers.get('sec-fetch-site');
  const isOwn =
    site === null ? headers.get('sec-fetch-mode') !== 'navigate' : site === 'none' || site === 'same-origin';
  return isOwn ? undefined : refuse('foreign-origin', 'A page of another site may not call the emulator.');
}

const refuse = (code: string, message: string) => ownError({ status: 403, code, message });
