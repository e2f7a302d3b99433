/** Who knocks without asking the app: tunnels, other protocols, handshakes that fail. Written down and told, like requests. */
import type { Services } from './http/services.ts';
import type { OtherProtocol } from './listen/other-protocols.ts';
import type { TunnelDecision } from './listen/tunnel.ts';

export type Strangers = ReturnType<typeof strangers>;

export function strangers({ clock, journal, onRefused }: Pick<Services, 'clock' | 'journal' | 'onRefused'>) {
  const refused = (method: string, target: string, status: number | undefined, reason: string) =>
    onRefused?.({ at: clock.now(), method, target, client: undefined, status, cause: undefined, reason });
  return {
    connect({ target, status, reason }: TunnelDecision) {
      const at = clock.now();
      journal?.add({ ...NO_REQUEST, at, endedAt: at, method: 'CONNECT', path: target, status });
      if (status !== 200) refused('CONNECT', target, status, `${reason}.`);
    },
    otherProtocol: (protocol: OtherProtocol, code: string) => refused('-', '-', undefined, REASONS[protocol](code)),
    handshakeFailed: (reason: string) =>
      refused('TLS', '-', undefined, `The handshake failed (${reason}).${handshakeRemedy(reason)}`),
  };
}

/** What the journal has of something that was no request of the emulated API, unless more is known. */
export const NO_REQUEST = {
  kind: 'request',
  query: '',
  client: undefined,
  operation: undefined,
  status: undefined,
  cause: undefined,
  batchId: undefined,
  content: undefined,
  requestBytes: 0,
  replyBytes: undefined,
  faults: [],
} as const;

/** Distrust comes as an alert, or as silence; in `http request` OpenSSL has recognised plain HTTP. */
function handshakeRemedy(reason: string): string {
  if (reason === 'http request') return ' Plain HTTP on the port of TLS: use https:// there.';
  return /alert|^the client/.test(reason) ? ' Does the client trust the CA? See tpe ca --how.' : '';
}

const REASONS: Readonly<Record<OtherProtocol, (code: string) => string>> = {
  tls: () => 'A TLS handshake on the plain port. Use http://, or start with --tls-port and use that port for https://.',
  h2: () => 'HTTP/2 without TLS on the plain port. Use HTTP/1.1, or start with --tls-port: over TLS HTTP/2 is spoken.',
  http: (code) => `What was sent is no HTTP request (${code}).`,
};
