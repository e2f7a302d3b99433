/**
 * Where TLS is spoken, on a port of its own and in tunnels: HTTP/1.1 or HTTP/2, as the client asks for it (ALPN), with the
 * app that answers plain HTTP. The server behind it, and its certificates, are made when somebody first knocks.
 */
import { once } from 'node:events';
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import { callbackify } from 'node:util';
import { reasonOf } from '../runtime/emulator-error.ts';
import { untilItFails } from '../runtime/once.ts';
import { atMost } from '../runtime/waits.ts';
import type { KeyPair } from '../tls/key-pair.ts';
import type { Certificates } from '../tls/certificates.ts';
import type { Incoming } from '../http/http2-stream.ts';
import type { Strangers } from '../strangers.ts';
import { answerOtherProtocols, type TlsError } from './other-protocols.ts';
import { type AppOnSockets, SERVER_TIMES } from './app-server.ts';
import type { OwedReplies } from './owed-replies.ts';
import { wayOf } from './reached.ts';

/** Connections whose handshake is not done yet; one more is closed without an answer. */
const HANDSHAKES_MAX = 1_000;
const HANDSHAKE_MS_MAX = 30_000;
/** Requests at a time on one connection of HTTP/2. */
const STREAMS_MAX = 100;
/** How long closing waits for sessions of HTTP/2 to take their leave. */
const LEAVE_MS_MAX = 500;

/** It is told why a handshake came to nothing, where the client did not just hang up; `onMade` of the server behind it. */
export function secureDoor(
  { answer }: AppOnSockets,
  certificates: () => Promise<Certificates>,
  { handshakeFailed: onFailure, otherProtocol: onMet }: Pick<Strangers, 'handshakeFailed' | 'otherProtocol'>,
  owedOver: OwedReplies['over'],
  onMade: (server: Http2SecureServer) => void,
) {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  /** Of HTTP/1.1, those that have asked something. */
  const heard = new WeakSet<object>();
  const shaking = new Set<string>();
  let shown: KeyPair | undefined;

  const behind = untilItFails(async (): Promise<Http2SecureServer> => {
    const { createSecureServer } = await import('node:http2');
    const source = await certificates();
    const contextFor = callbackify(source.contextFor);
    shown = await source.forNoName();
    const server = createSecureServer({
      ...SERVER_TIMES,
      ...shown,
      allowHTTP1: true,
      handshakeTimeout: HANDSHAKE_MS_MAX,
      settings: { maxConcurrentStreams: STREAMS_MAX },
      SNICallback: (name, done) => contextFor(name.toLowerCase(), done),
    });
    answer(server);
    server.on('secureConnection', (socket) => {
      shaking.delete(wayOf(socket));
      // Many clients look at the certificate after the handshake, and hang up without a word where they do not trust it.
      if (socket.alpnProtocol !== 'h2')
        socket.once('close', () => {
          if (!heard.has(socket)) onFailure('the client left without a word after it');
        });
    });
    for (const asked of ['request', 'checkContinue', 'checkExpectation', 'connect'])
      server.on(asked, ({ socket }: Incoming) => heard.add(socket));
    server.on('clientError', (_, socket) => heard.add(socket));
    server.on('session', (session) => {
      sessions.add(session);
      session.once('close', () => sessions.delete(session));
    });
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      socket.destroy();
      // Node makes a `clientError` of it as well, which tells of those of OpenSSL.
      if (error.code?.startsWith('ERR_SSL_') !== true)
        onFailure(error.code === 'ECONNRESET' ? 'the client hung up within it' : error.message);
    });
    server.on('sessionError', (error: TlsError) => {
      if (error.code?.startsWith('ERR_SSL_') === true) onFailure(error.reason ?? error.message);
    });
    answerOtherProtocols(server, { onMet, onFailure, owedOver });
    onMade(server);
    return server;
  });

  const admit = async (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (shaking.size >= HANDSHAKES_MAX) {
      onFailure(`${HANDSHAKES_MAX} handshakes are under way`);
      socket.destroy();
      return;
    }
    const way = wayOf(socket);
    shaking.add(way);
    socket.once('close', () => shaking.delete(way));
    try {
      const server = await behind();
      const due = await (await certificates()).forNoName();
      // Renewed since.
      if (due !== shown) server.setSecureContext((shown = due));
      server.emit('connection', socket);
    } catch (error) {
      socket.destroy();
      onFailure(reasonOf(error));
    }
  };

  return {
    /** Takes connections in: those of its own port, where it listens on one, and those that are handed to it. */
    server: createServer((socket) => void admit(socket)),
    /** Lets no further request in. */
    stop(): void {
      for (const session of sessions) session.close();
    },
    /** Ends what is still connected, after a moment for what is on its way out. */
    async end(): Promise<void> {
      await atMost(LEAVE_MS_MAX, Promise.all(Array.from(sessions, (session) => once(session, 'close'))));
      for (const socket of sockets) socket.destroy();
    },
  };
}
