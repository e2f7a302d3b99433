/** An emulator that listens. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { assembleEmulator } from '../emulator.ts';
import type { Emulator, EmulatorParts } from '../emulator.ts';
import type { EmulatorApp } from '../http/emulator-app.ts';
import { ownError } from '../http/own-error.ts';
import { ConnectionCut, type RequestEnv } from '../http/request-env.ts';
import type { EmulatorOptions } from '../options.ts';
import { realClock } from '../runtime/clock.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { incomingBody } from './incoming-body.ts';
import { lingering } from './linger.ts';
import { replyLeft } from './reply-left.ts';

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
/** How long closing waits for replies to be read. */
const UNREAD_REPLIES_MS_MAX = 2_000;

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
  const { emulator, answer, listensAt, endWaits } = assembleEmulator(options, parts);
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
    const stopped = stopListening(server);
    await requests.allTakenOrGivenUp();
    // Whoever connected and never asked, asked half a question, or does not read its answer would keep us for ever.
    server.closeAllConnections();
    await stopped;
    await requests.allAnswered();
    await emulator.close();
  };
  const closeOnce = () => (closing ??= close());
  return {
    ...emulator,
    url: `http://${authority}`,
    host,
    port,
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

interface Requests {
  /** Those whose body is still on its way. */
  cutUnfinished(): void;
  /** Resolves when nothing is done any more for any request, its sender still there or not. */
  allAnswered(): Promise<void>;
  /** Resolves when each reply has also left for its reader, or some reader has been waited for long enough. */
  allTakenOrGivenUp(): Promise<void>;
}

function answerRequests(server: Server, answer: EmulatorApp): Requests {
  const open = new Map<IncomingMessage, Promise<void>>();
  /** Handed over is not taken: large replies wait in their socket until they are read. */
  const untaken = new Set<Promise<void>>();
  const take = (incoming: IncomingMessage, outgoing: ServerResponse, asks: boolean) => {
    const taken = replyLeft(incoming, outgoing).then(() => void untaken.delete(taken));
    untaken.add(taken);
    const env: RequestEnv = {
      sendPart: (head, part) => Promise.race([sendPart(outgoing, head, part), taken]),
      body: incomingBody(incoming, outgoing, asks),
      // Whoever hung up before the reply gets none, but the work goes on.
      afterReply: (action) => void taken.then(action),
    };
    const answerOne = async (request: Request) => {
      const response = await answer(request, env).catch(async (error: unknown) => {
        if (error instanceof ConnectionCut) {
          // Cut on purpose, or by the sender: once the replies before it are out, nothing is left to say here.
          await Promise.race([turnOf(outgoing), taken]);
          incoming.socket.destroy();
        }
        throw error;
      });
      return lingering(response, incoming);
    };
    const listener = getRequestListener(answerOne, LISTENER_OPTIONS);
    const answered = listener(incoming, outgoing).finally(() => open.delete(incoming));
    open.set(incoming, answered);
  };
  const allTaken = async () => {
    while (open.size + untaken.size > 0) await Promise.allSettled([...open.values(), ...untaken]);
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
    async allTakenOrGivenUp() {
      const clock = realClock();
      let takeBack = () => {};
      const givenUp = new Promise<void>((resolve) => {
        takeBack = clock.wakeAt(clock.now() + UNREAD_REPLIES_MS_MAX, resolve);
      });
      await Promise.race([allTaken(), givenUp]);
      takeBack();
    },
  };
}

/** Resolves when the bytes have left this process: then the connection may be cut. Never, if it goes before that. */
async function sendPart(
  outgoing: ServerResponse,
  { status, headers }: { readonly status: number; readonly headers: Headers },
  part: Uint8Array,
): Promise<void> {
  await turnOf(outgoing);
  outgoing.writeHead(status, Object.fromEntries(headers));
  outgoing.flushHeaders();
  await new Promise<void>((resolve) => {
    outgoing.socket?.write('', () => (part.byteLength === 0 ? resolve() : outgoing.write(part, () => resolve())));
  });
}

/** Pipelined behind other replies, one has no socket before those are out; where the connection goes first, never. */
async function turnOf(outgoing: ServerResponse): Promise<void> {
  if (outgoing.socket === null) await new Promise((assigned) => outgoing.once('socket', assigned));
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
