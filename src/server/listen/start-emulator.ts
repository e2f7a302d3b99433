/** An emulator that listens. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { assembleEmulator } from '../emulator.ts';
import type { Emulator, EmulatorParts } from '../emulator.ts';
import type { EmulatorApp } from '../http/emulator-app.ts';
import { ownError } from '../http/own-error.ts';
import { ConnectionCut } from '../http/request-env.ts';
import type { EmulatorOptions } from '../options.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { incomingBody } from './incoming-body.ts';
import { lingering } from './linger.ts';

export interface RunningEmulator extends Emulator {
  /** `http://127.0.0.1:8181`, without a slash at the end. */
  readonly url: string;
  readonly host: string;
  /** The port listened on, chosen by the system where the options say 0. */
  readonly port: number;
}

/** 50 MB over a line of half a megabit take 14 minutes. */
const REQUEST_TIMEOUT_MS = 15 * 60 * 1000;
const HEADERS_TIMEOUT_MS = 60_000;

/**
 * Listens on `host` and `port` (by default a free port of 127.0.0.1), with a memory store unless `data` is given.
 * Throws `EmulatorError` where the address or the data directory cannot be had.
 *
 * @example
 * const emulator = await startEmulator({ pace: 'immediate' });
 * await fetch(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { method: 'POST', body: 'batch=pcId,a\n1,x' });
 * await emulator.drain();
 * await emulator.close();
 */
export async function startEmulator(
  options: EmulatorOptions = {},
  parts: EmulatorParts = {},
): Promise<RunningEmulator> {
  const { emulator, answer, listensAt, endWaits } = await assembleEmulator(options, parts);
  const { host } = emulator.options;
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: HEADERS_TIMEOUT_MS });
  const requests = answerRequests(server, answer);
  let port: number;
  try {
    port = await listen(server, host, emulator.options.port);
  } catch (error) {
    await emulator.close();
    throw listenError(error, host, emulator.options.port);
  }
  const authority = `${nameOf(host)}:${port}`;
  listensAt(authority);

  let closing: Promise<void> | undefined;
  const close = async () => {
    endWaits();
    requests.cutUnfinished();
    await stopListening(server);
    await requests.allAnswered();
    await emulator.close();
  };
  return { ...emulator, url: `http://${authority}`, host, port, close: () => (closing ??= close()) };
}

interface Requests {
  /** Those whose body is still on its way. */
  cutUnfinished(): void;
  /** Resolves when nothing is done any more for any request, its sender still there or not. */
  allAnswered(): Promise<void>;
}

function answerRequests(server: Server, answer: EmulatorApp): Requests {
  const open = new Map<IncomingMessage, Promise<void>>();
  const answerOne = async (request: Request, incoming: IncomingMessage, outgoing: ServerResponse, asks: boolean) => {
    const response = await answer(request, {
      sendPart: (head, part) => sendPart(outgoing, head, part),
      body: incomingBody(incoming, outgoing, asks),
      afterReply(action) {
        // Whoever hung up before the reply gets none, but the work goes on.
        if (outgoing.closed) action();
        else outgoing.once('close', action);
      },
    }).catch((error: unknown) => {
      // Cut on purpose, or by the sender: there is nothing left to say on this connection.
      if (error instanceof ConnectionCut) incoming.socket.destroy();
      throw error;
    });
    return lingering(response, incoming);
  };
  const take = (incoming: IncomingMessage, outgoing: ServerResponse, asks: boolean) => {
    const listener = getRequestListener((request) => answerOne(request, incoming, outgoing, asks), LISTENER_OPTIONS);
    const answered = listener(incoming, outgoing).finally(() => {
      open.delete(incoming);
      if (!server.listening) server.closeIdleConnections();
    });
    open.set(incoming, answered);
  };
  server.on('request', (incoming, outgoing) => take(incoming, outgoing, false));
  server.on('checkContinue', (incoming, outgoing) => take(incoming, outgoing, true));

  return {
    cutUnfinished() {
      for (const incoming of open.keys()) if (!incoming.complete) incoming.destroy();
    },
    async allAnswered() {
      while (open.size > 0) await Promise.allSettled(open.values());
    },
  };
}

/** Resolves when the bytes have left this process: then the connection may be cut. */
function sendPart(
  outgoing: ServerResponse,
  { status, headers }: { readonly status: number; readonly headers: Headers },
  part: Uint8Array,
): Promise<void> {
  return new Promise((resolve) => {
    if (outgoing.closed) {
      resolve();
      return;
    }
    outgoing.once('close', resolve);
    outgoing.writeHead(status, Object.fromEntries(headers));
    outgoing.flushHeaders();
    outgoing.socket?.write('', () => (part.byteLength === 0 ? resolve() : outgoing.write(part, () => resolve())));
  });
}

/** Draining is ours (see linger.ts), and a library leaves its host's globals alone. */
const LISTENER_OPTIONS = { autoCleanupIncoming: false, overrideGlobalObjects: false, errorHandler: unanswerable };

/** A request so malformed that no route could be asked, or one whose sender is gone: then nothing is answered. */
function unanswerable(error: unknown): Response | undefined {
  if (error instanceof ConnectionCut) return undefined;
  const reason = error instanceof Error ? error.message : String(error);
  const message = `the request line or the Host header cannot be understood (${reason}).`;
  return ownError({ status: 400, code: 'bad-request', message }, { connection: 'close' });
}

/** Resolves to the port. */
function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (typeof address !== 'object' || address === null) throw new Error(`${host}:${port} is no address of TCP.`);
      resolve(address.port);
    });
  });
}

function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

function listenError(cause: unknown, host: string, port: number): EmulatorError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
    const remedy = 'Stop what listens there, choose another with --port, or take a free one with --port 0.';
    return new EmulatorError('port-in-use', `Port ${port} of ${host} is in use. ${remedy}`, { cause });
  }
  return new EmulatorError(
    'address-unavailable',
    `Cannot listen on ${host}:${port}: ${reason}. Choose another --host.`,
    {
      cause,
    },
  );
}

/** A name to reach it by: nobody connects to a wildcard address. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
