/** The app on a socket: Hono's adapter asks it, and what is owed is known to whoever closes. */
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { getRequestListener, Http2Bindings, HttpBindings } from '@hono/node-server';
import { alreadySent } from '../http/already-sent.ts';
import type { EmulatorApp } from '../http/emulator-app.ts';
import { EXCHANGE } from '../http/emulator-env.ts';
import { ownError } from '../http/own-error.ts';
import { type OpenExchange, openExchange } from './open-exchange.ts';
import { owedReplies, type OwedReplies } from './owed-replies.ts';
import { requestUrl } from './request-url.ts';
import { sendResponse } from './send-response.ts';

export interface AppServer {
  readonly server: Server;
  readonly owed: OwedReplies;
}

/** 50 MB over a line of half a megabit take 14 minutes. */
const REQUEST_TIMEOUT_MS = 15 * 60 * 1000;
/** Whoever ends an idle connection first should be the client: Go's keeps it for 90 s, Java's and curl's for less. */
const KEEP_ALIVE_MS = 2 * 60 * 1000;
/** Not less, or a request that comes late on an idle connection might count as slow. */
const HEADERS_TIMEOUT_MS = KEEP_ALIVE_MS + 5_000;

/** Carries its exchange through the adapter. */
class Outgoing<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  exchange: OpenExchange | undefined;
}

export function appServer(app: EmulatorApp): AppServer {
  const owed = owedReplies();
  const server = createServer({
    ServerResponse: Outgoing,
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  // Whoever ends its own side after a whole request still reads: `printf … | nc`. An option of Node's without a type.
  Object.assign(server, { httpAllowHalfOpen: true });
  const asked = async (request: Request, { outgoing }: HttpBindings | Http2Bindings) => {
    const exchange = outgoing instanceof Outgoing ? outgoing.exchange : undefined;
    if (exchange === undefined) throw new Error('The adapter asks about a request that was not taken.');
    try {
      const bindings = { incoming: exchange.incoming, outgoing: exchange.outgoing, [EXCHANGE]: exchange };
      await sendResponse(exchange, await app.fetch(request, bindings));
    } finally {
      owed.answered(exchange.incoming);
    }
    // The adapter would read each body as a stream, and close on who has not sent all of a refused one.
    return alreadySent();
  };
  // Loading the adapter loads Node's fetch, which takes as long as the rest of a start: begun once it listens and says so.
  let listener: ReturnType<typeof getRequestListener> | undefined;
  let loading: Promise<void> | undefined;
  const load = async () => {
    const { getRequestListener } = await import('@hono/node-server');
    listener = getRequestListener(asked, { overrideGlobalObjects: false, autoCleanupIncoming: false });
  };
  const loaded = () => (loading ??= load());
  server.once('listening', () => setImmediate(() => void loaded()));

  // Before the adapter: what it cannot understand it would answer without a word.
  const take = (incoming: IncomingMessage, outgoing: Outgoing) => {
    let url: URL;
    try {
      url = requestUrl(incoming);
    } catch (error) {
      refuse(outgoing, error);
      return;
    }
    const exchange = openExchange(url, incoming, outgoing);
    outgoing.exchange = exchange;
    owed.opened(exchange);
    if (listener === undefined) void loaded().then(() => listener?.(incoming, outgoing));
    else void listener(incoming, outgoing);
  };
  server.on('request', take);
  // Left to the exchange's body: `100 Continue` is sent when somebody wants to read it, and not before.
  server.on('checkContinue', take);
  return { server, owed };
}

/** No route could be asked. */
function refuse(outgoing: ServerResponse, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `the request line or the Host header cannot be understood (${reason}).`;
  const { status, headers, text } = ownError({ status: 400, code: 'bad-request', message });
  outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text), connection: 'close' }).end(text);
}
