/** Under which name and scheme a request reached us, and whether a link to that name comes back here. */
import type { Socket } from 'node:net';
import { type Incoming, isStream } from '../http/http2-stream.ts';
import { forwardedOrigin } from './forwarded.ts';
import { requestUrl } from './request-url.ts';

export interface Reached {
  /** Throws a `TypeError` where request line and Host make no URL, or more than one. */
  url(incoming: Incoming): URL;
  /** Whether the name and the port of the URL lead its sender here, by what is known of the way it took. */
  leadsHere(incoming: Incoming, url: URL): boolean;
  /** Everything that comes through it was sent to a proxy. */
  isTunnel(socket: Socket): void;
}

/** `trustProxy`: what is in front of the emulator says how it was reached itself. */
export function reachedBy({ trustProxy }: { readonly trustProxy: boolean }, ownPorts: () => OwnPorts): Reached {
  const tunnels = new WeakSet<object>();
  /** Of tunnels through TLS: the TLS in one is another socket, on the same way. */
  const tunnelled = new Set<string>();
  return {
    url(incoming) {
      const url = requestUrl(incoming);
      return trustProxy ? forwardedOrigin(incoming.headers, url) : url;
    },
    leadsHere(incoming, url) {
      if (trustProxy || isAbsolute(incoming)) return true;
      const { plain, tls } = ownPorts();
      const { socket } = incoming;
      const isEncrypted = 'encrypted' in socket;
      // TLS on the plain port has come through a tunnel: no other way leads into it there.
      if (isEncrypted ? socket.localPort !== tls : tunnels.has(socket)) return true;
      if (tunnelled.size > 0 && tunnelled.has(wayOf(socket))) return true;
      return Number(url.port || (isEncrypted ? 443 : 80)) === (isEncrypted ? tls : plain);
    },
    isTunnel(socket) {
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
