/** The network as narrow as the uploader needs it, and the machine's own: `node:http`. Not `fetch`: it copies streamed bodies and refuses some ports. */
import { type ClientRequest, type IncomingMessage, request as requestByHttp } from 'node:http';
import { request as requestByHttps } from 'node:https';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { abortReason } from '../read/abortable.ts';
import { UploadError } from '../upload-error.ts';
import { TIMER_MS_MAX } from './clock.ts';
import { networkAgent, type NetworkOptions } from './network-agent.ts';
import type { ReadableStream } from 'node:stream/web';

/** `callTimeoutMs` limits the whole call, its reply's body included. */
export function httpTransport({
  callTimeoutMs,
  ...network
}: NetworkOptions & { readonly callTimeoutMs: number }): Transport {
  return async (url, { method, headers, body, signal, timeoutMs = callTimeoutMs }) => {
    const limitMs = Math.min(timeoutMs, callTimeoutMs, TIMER_MS_MAX);
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
    const tooLate = () => end(new UploadError('network', `No answer within ${Math.round(limitMs / 1000)} seconds.`));
    const timer = setTimeout(tooLate, limitMs);
    const release = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      request.destroy();
    };
    try {
      reply = await exchange(request, body, isSecure);
    } catch (error) {
      release();
      throw error;
    }
    // Who reads the body hears of it too; an error that nobody listens for would end the process.
    reply.on('error', () => undefined);
    const { statusCode: status = 0, headers: told } = reply;
    const get = (name: string) => [told[name.toLowerCase()] ?? null].flat().join(', ') || null;
    return { status, headers: { get }, body: released(reply, release) };
  };
}

/** Sends the body and resolves with the reply's head, which may come before the body's end. */
function exchange(request: ClientRequest, body: AsyncIterable<Uint8Array> | undefined, isSecure: boolean) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    // It stays: what goes wrong after the reply's head is the reply's to tell.
    request.on('error', reject).once('response', resolve);
    if (body === undefined) {
      request.end();
      return;
    }
    // Not before: what was only ever queued would count as sent when nobody answers.
    request.once('socket', (socket: Socket | TLSSocket) => {
      const send = () => void pipeline(unhurried(body), request).catch(reject);
      // A tunnel through a proxy is handed over when it stands.
      const isThere = !socket.connecting && !('getProtocol' in socket && socket.getProtocol() === null);
      if (isThere) send();
      else socket.once(isSecure ? 'secureConnect' : 'connect', send);
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

async function* released(reply: IncomingMessage, release: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* reply as AsyncIterable<Uint8Array>;
  } finally {
    release();
  }
}

export interface TransportInit {
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: ReadableStream<Uint8Array>;
  /** Always sent along with a body: the reply is read after it. */
  readonly duplex?: 'half';
  /** Never followed: a redirect could carry rows or a token somewhere else. */
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
  /** How long the call may take, its reply's body included, where that is less than the transport's own limit. */
  readonly timeoutMs?: number | undefined;
}

export interface TransportReply {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

/**
 * Rejects when there is no answer, and when `signal` is aborted; the reply's body then throws too. An UploadError that
 * it rejects with is reported as it is; anything else counts as the network's fault and is tried again.
 */
export type Transport = (url: string, init: TransportInit) => Promise<TransportReply>;
