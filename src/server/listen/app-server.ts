/** The app on a socket: Hono's adapter asks it, and what is owed is known to whoever closes. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { getRequestListener, Http2Bindings, HttpBindings } from '@hono/node-server';
import { alreadySent } from '../http/reply.ts';
import type { EmulatorApp } from '../http/emulator-app.ts';
import type { SocketBindings } from '../http/emulator-env.ts';
import { type Incoming, isStream } from '../http/http2-stream.ts';
import { ownError } from '../http/own-error.ts';
import { untilItFails } from '../runtime/once.ts';
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
};

/** Lets the app answer what a server takes in. */
export interface AppOnSockets {
  /** A server's `request` listener; of `checkContinue` as well. */
  readonly take: (incoming: Incoming, outgoing: ServerResponse | Http2ServerResponse) => void;
  /** Begins what the first request would wait for. */
  readonly load: () => void;
}

export function appOnSockets(app: EmulatorApp, reached: Reached, owed: OwedReplies): AppOnSockets {
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
  return {
    // Before the adapter: what it cannot understand it would answer without a word.
    take(incoming, outgoing) {
      let url: URL;
      try {
        url = reached.url(incoming);
      } catch (error) {
        refuse({ incoming, outgoing }, error);
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
    },
    load: () => void loaded().catch(() => undefined),
  };
}

export function plainServer({ take, load }: AppOnSockets): Server {
  const server = createServer(SERVER_TIMES, take);
  // Whoever ends its own side after a whole request still reads: `printf … | nc`. An option of Node's without a type.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.once('listening', () => setImmediate(load));
  // Left to the exchange's body: `100 Continue` is sent when somebody wants to read it, and not before.
  server.on('checkContinue', take);
  return server;
}

/** No route could be asked. */
function refuse({ incoming, outgoing }: SocketBindings, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `the request line or the Host header cannot be understood (${reason}).`;
  const { status, headers, text } = ownError({ status: 400, code: 'bad-request', message });
  const ending = isStream(incoming) ? {} : { connection: 'close' };
  outgoing.writeHead(status, { ...headers, ...ending });
  outgoing.end(text);
}
