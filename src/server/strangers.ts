/** Who knocks without asking the app: tunnels, other protocols, handshakes and logins that fail. Written down and told, like requests. */
import type { Account } from './attributes/account.ts';
import { ruleCause } from './http/reply.ts';
import type { Services } from './http/services.ts';
import type { OtherProtocol } from './listen/other-protocols.ts';
import type { TunnelDecision } from './listen/tunnel.ts';
import type { JournalRequest } from './store/journal-entries.ts';

export interface Strangers {
  readonly connect: (decision: TunnelDecision) => void;
  readonly otherProtocol: (protocol: OtherProtocol, code: string) => void;
  readonly handshakeFailed: (reason: string) => void;
  /** At the SFTP door; `account` is undefined where there is none of this name. */
  readonly loginFailed: (user: string, account: Account | undefined, method: string) => void;
}

export function strangers({ clock, journal, onRefused }: Pick<Services, 'clock' | 'journal' | 'onRefused'>): Strangers {
  const refused = (method: string, target: string, status: number | undefined, reason: string) =>
    onRefused?.({ at: clock.now(), method, target, client: undefined, status, cause: undefined, reason });
  const written = (known: Pick<JournalRequest, 'method' | 'path' | 'client' | 'status' | 'cause'>) => {
    const at = clock.now();
    const nothing = { operation: undefined, batchId: undefined, content: undefined, replyBytes: undefined, faults: [] };
    journal?.add({ kind: 'request', at, endedAt: at, query: '', requestBytes: 0, ...nothing, ...known });
  };
  return {
    connect({ target, status, reason }) {
      written({ method: 'CONNECT', path: target, client: undefined, status, cause: undefined });
      if (status !== 200) refused('CONNECT', target, status, `${reason}.`);
    },
    loginFailed(user, account, method) {
      // What has another form may be anything, a password that was typed too early.
      const target = ACCOUNT_FORM.test(user) ? user : '***';
      const cause = ruleCause('ca-source')['x-emulator-cause'];
      written({ method: 'SFTP', path: `/${target}`, client: account?.client, status: undefined, cause });
      const wrong = method === 'password' ? 'The password is wrong.' : 'None of the keys is one of the source.';
      const reason = account === undefined ? 'There is no such source: {client}.{alias}, see tpe sources.' : wrong;
      onRefused?.({
        at: clock.now(),
        method: 'SFTP',
        target,
        client: account?.client,
        status: undefined,
        cause,
        reason,
      });
    },
    otherProtocol: (protocol, code) => refused('-', '-', undefined, REASONS[protocol](code)),
    handshakeFailed: (reason) =>
      refused('TLS', '-', undefined, `The handshake failed (${reason}).${handshakeRemedy(reason)}`),
  };
}

/** Distrust comes as an alert, or as silence; in `http request` OpenSSL has recognised plain HTTP. */
function handshakeRemedy(reason: string): string {
  if (reason === 'http request') return ' Plain HTTP on the port of TLS: use https:// there.';
  return /alert|^the client/.test(reason) ? ' Does the client trust the CA? See tpe ca --how.' : '';
}

const ACCOUNT_FORM = /^[\w-]{1,64}\.[a-z0-9._-]{1,50}$/;

const REASONS: Readonly<Record<OtherProtocol, (code: string) => string>> = {
  tls: () => 'A TLS handshake on the plain port. Use http://, or start with --tls-port and use that port for https://.',
  h2: () => 'HTTP/2 without TLS on the plain port. Use HTTP/1.1, or start with --tls-port: over TLS HTTP/2 is spoken.',
  http: (code) => `What was sent is no HTTP request (${code}).`,
};
