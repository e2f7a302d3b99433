/** The app on a socket: Hono's adapter asks it, and what is owed is known to whoever closes. */
import type { EventEmitter } from 'node:events';
import { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { EmulatorApp } from '../http/emulator-app.ts';
import { EXCHANGE, type SocketBindings } from '../http/emulator-env.ts';
import { type Incoming, isStream, type Outgoing } from '../http/http2-stream.ts';
import { ownError } from '../http/own-error.ts';
import { type OpenExchange, openExchange } from './open-exchange.ts';
import type { OwedReplies } from './owed-replies.ts';
import { sendResponse } from './send-response.ts';
import type { Reached } from './reached.ts';

/** 50 MB over a line of half a megabit take 14 minutes. */
const REQUEST_TIMEOUT_MS = 15 * 60 * 1000;
/** Whoever ends an idle connection first should be the client: Go's keeps it for 90 s, Java's and curl's for less. */
const KEEP_ALIVE_MS = 2 * 60 * 1000;
/** Not less, or a request that comes late on an idle connection might count as slow. */
const HEADERS_TIMEOUT_MS = KEEP_ALIVE_MS + 5_000;

/** Of both servers, the plain one and that of TLS. */
export const SERVER_TIMES = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  headersTimeout: HEADERS_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
};

/** Lets the app answer what servers of the adapter take in. */
export interface AppOnSockets {
  /** For `createAdaptorServer`. */
  readonly asked: {
    readonly fetch: (request: Request, bindings: SocketBindings) => Promise<Response>;
    readonly overrideGlobalObjects: false;
    readonly autoCleanupIncoming: false;
  };
  /** Stands before the adapter on a server that it made: what the adapter cannot understand it would answer without a word. */
  readonly standBefore: (server: EventEmitter) => void;
}

export function appOnSockets(app: EmulatorApp, reached: Reached, owed: OwedReplies): AppOnSockets {
  /** Carries them through the adapter. */
  const exchanges = new WeakMap<Outgoing, OpenExchange>();
  return {
    asked: {
      async fetch(request, { outgoing }) {
        const exchange = exchanges.get(outgoing);
        if (exchange === undefined) throw new Error('The adapter asks about a request that was not taken.');
        try {
          const bindings = { incoming: exchange.incoming, outgoing: exchange.outgoing, [EXCHANGE]: exchange };
          await sendResponse(exchange, await app.fetch(request, bindings));
        } finally {
          owed.answered(exchange.incoming);
        }
        return RESPONSE_ALREADY_SENT;
      },
      overrideGlobalObjects: false,
      autoCleanupIncoming: false,
    },
    standBefore(server) {
      const understood = server.listeners('request');
      const take = (incoming: Incoming, outgoing: Outgoing) => {
        let url: URL;
        try {
          url = reached.url(incoming);
        } catch (error) {
          refuse({ incoming, outgoing }, error);
          return;
        }
        const exchange = openExchange(url, () => reached.leadsHere(incoming, url), { incoming, outgoing });
        exchanges.set(outgoing, exchange);
        owed.opened(exchange);
        for (const answer of understood) Reflect.apply(answer, server, [incoming, outgoing]);
      };
      server.removeAllListeners('request').on('request', take);
      // Left to the exchange's body: `100 Continue` is sent when somebody wants to read it, and not before.
      server.on('checkContinue', take);
    },
  };
}

export function plainServer({ asked, standBefore }: AppOnSockets): Server {
  const server = createAdaptorServer({ ...asked, serverOptions: SERVER_TIMES });
  if (!(server instanceof Server)) throw new Error('The adapter made no server of HTTP/1.1.');
  standBefore(server);
  return server;
}

/** No route could be asked. */
function refuse({ incoming, outgoing }: SocketBindings, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `the request line or the Host header cannot be understood (${reason}).`;
  const { status, headers, text } = ownError({ status: 400, code: 'bad-request', message });
  const ending = isStream(incoming) ? {} : { connection: 'close' };
  outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text), ...ending });
  outgoing.end(text);
}
