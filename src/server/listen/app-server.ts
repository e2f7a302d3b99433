/** The app on a socket: Hono's adapter asks it, and what is owed is known to whoever closes. */
import type { EventEmitter } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { getRequestListener, Http2Bindings, HttpBindings } from '@hono/node-server';
import { alreadySent, leftWith } from '../http/reply.ts';
import type { EmulatorApp } from '../http/emulator-app.ts';
import { type Incoming, isStream } from '../http/http2-stream.ts';
import { ownError } from '../http/own-error.ts';
import { reasonOf } from '../runtime/emulator-error.ts';
import { untilItFails } from '../runtime/once.ts';
import type { Strangers } from '../strangers.ts';
import { CONTINUES } from './incoming-body.ts';
import { OpenExchange } from './open-exchange.ts';
import type { OwedReplies } from './owed-replies.ts';
import { sendResponse } from './send-response.ts';
import type { Reached } from './reached.ts';

/** Whoever ends an idle connection first should be the client: Go's keeps it for 90 s, Java's and curl's for less. */
const KEEP_ALIVE_MS = 2 * 60 * 1000;

/** Of both servers, the plain one and that of TLS. */
export const SERVER_TIMES = {
  // 50 MB over a line of half a megabit take 14 minutes.
  requestTimeout: 15 * 60 * 1000,
  // Not less than idle ones are kept, or a request that comes late might count as slow.
  headersTimeout: KEEP_ALIVE_MS + 5_000,
  keepAliveTimeout: KEEP_ALIVE_MS,
  // Node would refuse without a word who names none.
  requireHostHeader: false,
};

type Take = (incoming: Incoming, outgoing: ServerResponse | Http2ServerResponse) => void;

/** Lets the app answer what a server takes in. */
export interface AppOnSockets {
  /** Of a server of either version of HTTP. */
  readonly answer: (server: EventEmitter) => void;
  /** Begins what the first request would wait for. */
  readonly load: () => void;
}

export function appOnSockets(
  app: EmulatorApp,
  reached: Reached,
  owed: OwedReplies,
  onMisread: Strangers['misread'],
): AppOnSockets {
  /** Carried through the adapter. */
  let taken: OpenExchange | undefined;
  // Loading the adapter loads Node's fetch, which takes as long as the rest of a start: begun once it listens and says so.
  let listener: ReturnType<typeof getRequestListener> | undefined;
  const loaded = untilItFails(async () => {
    // Both, so that no reply that is sent waits for a file.
    const [adapter, sent] = await Promise.all([import('@hono/node-server'), alreadySent()]);
    const asked = async (request: Request, { outgoing }: HttpBindings | Http2Bindings) => {
      const exchange = taken;
      taken = undefined;
      if (exchange?.outgoing !== outgoing) throw new Error('The adapter asks about a request that was not taken.');
      try {
        await sendResponse(exchange, await app.fetch(request, exchange));
      } finally {
        owed.answered(exchange);
      }
      // The adapter would read each body as a stream, and close on who has not sent all of a refused one.
      return sent;
    };
    listener = adapter.getRequestListener(asked, { overrideGlobalObjects: false, autoCleanupIncoming: false });
  });
  /** No route could be asked. */
  const refuse = (status: 400 | 417, message: string, ...[incoming, outgoing]: Parameters<Take>) => {
    onMisread(incoming.method ?? '', incoming.url ?? '', status, message);
    const exchange = new OpenExchange(NOWHERE, incoming, outgoing, reached);
    owed.opened(exchange);
    const code = status === 417 ? 'unknown-expectation' : 'bad-request';
    const reply = ownError({ status, code, message }, isStream(incoming) ? {} : { connection: 'close' });
    void sendResponse(exchange, leftWith(exchange, reply)).finally(() => owed.answered(exchange));
  };
  // Before the adapter: what it cannot understand it would answer without a word.
  const take: Take = (incoming, outgoing) => {
    let url: URL;
    try {
      url = reached.url(incoming);
    } catch (error) {
      const message = `the request line or the Host header cannot be understood (${reasonOf(error)}).`;
      refuse(400, message, incoming, outgoing);
      return;
    }
    const exchange = new OpenExchange(url, incoming, outgoing, reached);
    owed.opened(exchange);
    const answer = () => {
      taken = exchange;
      void listener?.(incoming, outgoing);
    };
    if (listener !== undefined) return answer();
    loaded().then(answer, () => {
      owed.answered(exchange);
      outgoing.destroy();
    });
  };
  /** What Node takes for another expectation than `100-continue`: none at all, and one in capitals over HTTP/2, among them. */
  const takeExpecting: Take = (incoming, outgoing) => {
    const { expect = '' } = incoming.headers;
    if (expect.trim() === '' || CONTINUES.test(expect)) take(incoming, outgoing);
    else refuse(417, 'of what a request may expect, only 100-continue is known here.', incoming, outgoing);
  };
  return {
    answer(server) {
      server.on('request', take);
      // Left to the exchange's body: `100 Continue` is sent when somebody wants to read it, and not before.
      server.on('checkContinue', take);
      server.on('checkExpectation', takeExpecting);
    },
    load: () => void loaded().catch(() => undefined),
  };
}

const NOWHERE = new URL('http://localhost/');

export function plainServer({ answer, load }: AppOnSockets): Server {
  const server = createServer(SERVER_TIMES);
  answer(server);
  // Whoever ends its own side after a whole request still reads: `printf … | nc`. An option of Node's without a type.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.once('listening', () => setImmediate(load));
  return server;
}
