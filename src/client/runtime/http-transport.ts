/** The machine's network: `node:http`, each call bounded in time. Not `fetch`: it copies streamed bodies and refuses some ports. */
import { request as requestByHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestByHttps } from 'node:https';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { abortReason } from '../reason-of.ts';
import type { Transport, TransportInit, TransportReply } from '../send/transport.ts';
import { TIMER_MS_MAX } from './clock.ts';
import { networkAgent, type NetworkOptions } from './network-agent.ts';
import { UploadError } from '../upload-error.ts';

export interface TransportOptions extends NetworkOptions {
  /** Limits the whole call, its reply's body included. */
  readonly callTimeoutMs: number;
}

export function httpTransport({ callTimeoutMs, ...network }: TransportOptions): Transport {
  return async (url, init) => {
    const limitMs = Math.min(init.timeoutMs ?? callTimeoutMs, callTimeoutMs, TIMER_MS_MAX);
    const { signal, method, headers } = init;
    signal.throwIfAborted();
    const target = new URL(url);
    const isSecure = target.protocol === 'https:';
    const make = isSecure ? requestByHttps : requestByHttp;
    const request = make(url, { method, headers, agent: networkAgent(target, network) });

    let reply: IncomingMessage | undefined;
    const end = (reason: Error) => {
      // The reply first: it would only hear that the connection was cut.
      reply?.destroy(reason);
      request.destroy(reason);
    };
    const onAbort = () => end(abortReason(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(
      () => end(new UploadError('network', `No answer within ${Math.round(limitMs / 1000)} seconds.`)),
      limitMs,
    );
    const release = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      request.destroy();
    };
    try {
      reply = await exchange(request, init, isSecure ? 'secureConnect' : 'connect');
      return replyOf(reply, release);
    } catch (error) {
      release();
      throw error;
    }
  };
}

/** Sends the body and resolves with the reply's head, which may come before the body's end. */
function exchange(
  request: ClientRequest,
  { body }: TransportInit,
  connected: 'connect' | 'secureConnect',
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // It stays: what goes wrong after the reply's head is the reply's to tell.
    request.on('error', reject);
    request.once('response', resolve);
    if (body === undefined) {
      request.end();
      return;
    }
    // Not before: what was only ever queued would count as sent when nobody answers.
    request.once('socket', (socket) => {
      const send = () => void pipeline(unhurried(body), request).catch(reject);
      // A tunnel through a proxy is handed over when it stands.
      if (isConnected(socket)) send();
      else socket.once(connected, send);
    });
  });
}

/** An answer that is there is read before more is written: a write to who has hung up would lose it. */
async function* unhurried(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    await setImmediate();
    yield chunk;
  }
}

function isConnected(socket: Socket): boolean {
  return !socket.connecting && !(socket instanceof TLSSocket && socket.getProtocol() === null);
}

function replyOf(message: IncomingMessage, release: () => void): TransportReply {
  // Who reads the body hears of it too; an error that nobody listens for would end the process.
  message.on('error', () => undefined);
  return {
    status: message.statusCode ?? 0,
    headers: {
      get(name) {
        const value = message.headers[name.toLowerCase()];
        return Array.isArray(value) ? value.join(', ') : (value ?? null);
      },
    },
    body: released(message, release),
  };
}

async function* released(message: IncomingMessage, release: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* message as AsyncIterable<Uint8Array>;
  } finally {
    release();
  }
}
