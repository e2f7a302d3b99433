/** Who knocks without asking the app: tunnels, other protocols, handshakes and logins that fail. Written down and told, like requests. */
import type { Account } from './attributes/account.ts';
import { ruleCause } from './http/reply.ts';
import type { Services } from './http/services.ts';
import type { OtherProtocol } from './listen/other-protocols.ts';
import type { TunnelDecision } from './listen/tunnel.ts';
import { shownPath } from './journal/written-target.ts';
import type { JournalRequest } from './store/journal-entries.ts';

export type Strangers = ReturnType<typeof strangers>;

export function strangers({ clock, journal, onRefused }: Pick<Services, 'clock' | 'journal' | 'onRefused'>) {
  const refused = (method: string, target: string, status: number | undefined, reason: string) =>
    onRefused?.({ at: clock.now(), method, target, client: undefined, status, cause: undefined, reason });
  const written = (known: Pick<JournalRequest, 'method' | 'path'> & Partial<JournalRequest>) => {
    const at = clock.now();
    journal?.add({ ...NO_REQUEST, at, endedAt: at, ...known });
  };
  return {
    connect({ target, status, reason }: TunnelDecision) {
      written({ method: 'CONNECT', path: target, status });
      if (status !== 200) refused('CONNECT', target, status, `${reason}.`);
    },
    /** At the SFTP door; `account` is undefined where there is none of this name. */
    loginFailed(user: string, account: Account | undefined, method: string) {
      // What has another form may be anything, a password that was typed too early.
      const target = ACCOUNT_FORM.test(user) ? user : '***';
      const cause = ruleCause('ca-source')['x-emulator-cause'];
      const wrong = method === 'password' ? 'The password is wrong.' : 'None of the keys is one of the source.';
      const reason = account === undefined ? 'There is no such source: {client}.{alias}, see tpe sources.' : wrong;
      const client = account?.client;
      written({ method: 'SFTP', path: `/${target}`, client, cause });
      onRefused?.({ at: clock.now(), method: 'SFTP', target, client, status: undefined, cause, reason });
    },
    /** Of somebody who was let in there: what he asked for, `OPEN crm.csv`, and why it was not done. */
    sftpRefused({ client, alias }: Account, what: string, reason: string) {
      const account = `${client}.${alias}`;
      written({ method: 'SFTP', path: `/${account}`, client });
      const target = `${account} ${what}`;
      onRefused?.({ at: clock.now(), method: 'SFTP', target, client, status: undefined, cause: undefined, reason });
    },
    /** A request that no route could be asked. */
    misread(method: string, target: string, status: number, reason: string) {
      const path = shownPath(target.split('?', 1)[0]!);
      written({ method, path, status });
      refused(method, path, status, reason);
    },
    otherProtocol: (protocol: OtherProtocol, code: string, surplus?: number) =>
      refused('-', '-', undefined, surplus === undefined ? REASONS[protocol](code) : SURPLUS(surplus, code)),
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

const ACCOUNT_FORM = /^[\w-]{1,64}\.[a-z0-9._-]{1,50}$/;

const SURPLUS = (bytes: number, code: string) =>
  `Bytes came after a complete request, at least ${bytes}, which was answered without them: is its Content-Length too small, or missing (${code})?`;

const REASONS: Readonly<Record<OtherProtocol, (code: string) => string>> = {
  tls: () => 'A TLS handshake on the plain port. Use http://, or start with --tls-port and use that port for https://.',
  h2: () => 'HTTP/2 without TLS on the plain port. Use HTTP/1.1, or start with --tls-port: over TLS HTTP/2 is spoken.',
  socks: () => 'SOCKS, which is not spoken here: the emulator is an HTTP proxy (http://, in place of socks5://).',
  proxy: () =>
    'The PROXY protocol, which is not spoken here: turn it off (nginx: proxy_protocol), and see --trust-proxy.',
  http: (code) => `What was sent is no HTTP request (${code}).`,
};
