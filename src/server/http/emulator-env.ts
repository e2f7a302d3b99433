/** The types of Hono's contexts throughout: what a request brings along, and what is known of it on its way. */
import type { Context } from 'hono';
import type { Call } from './call.ts';
import { isGone, type Incoming, type Outgoing } from './http2-stream.ts';
import type { Reply } from './reply.ts';
import type { RefusedClient, ResolvedClient } from './resolve-client.ts';

/** What `@hono/node-server` gives along, of either version of HTTP. */
export interface SocketBindings {
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
}

/** What our own listener adds to the bindings of a request. */
export const EXCHANGE = Symbol('exchange');

/** A request on our own listener, whose reply `listen/` sends. */
export interface Exchange extends SocketBindings {
  /** The request's, taken apart and checked once. */
  readonly url: URL;
  /** Whether the sender, asking for a link to the authority of this URL, comes back here and not to the real service. */
  readonly leadsHere: () => boolean;
  /** Aborts when the sender has ended its side: it is gone, or reads on and is answered without further waiting. */
  readonly signal: AbortSignal;
  /** The body as it arrives, once only. Throws `ConnectionCut` when the sender is gone. */
  readonly body: AsyncIterable<Uint8Array>;
  /** What is to be sent; see `respond`. */
  reply: Reply | undefined;
}

/** Without a socket there are no bindings; in another application its own, which may hold those of `@hono/node-server`. */
export interface EmulatorEnv {
  Bindings: Partial<SocketBindings> & { readonly [EXCHANGE]?: Exchange };
  Variables: {
    call: Call;
    /** Whom the request speaks for, as its route says. */
    account: ResolvedClient | RefusedClient;
  };
}

export type EmulatorContext = Context<EmulatorEnv>;

/** Asked without bindings, Hono has none at all, whatever its type says. */
export const bindingsOf = (c: EmulatorContext): EmulatorEnv['Bindings'] => c.env ?? {};

export const exchangeOf = (c: EmulatorContext): Exchange | undefined => bindingsOf(c)[EXCHANGE];

/** The sender went away before its body was complete, or is cut off on purpose: nobody is left to answer. */
export class ConnectionCut extends Error {
  override readonly name = 'ConnectionCut';
}

/** Throws `ConnectionCut` once nobody is left to answer: whoever has only ended its own side still reads. */
export function assertAsked(c: EmulatorContext): void {
  const exchange = exchangeOf(c);
  if (exchange === undefined ? c.req.raw.signal.aborted : isGone(exchange.incoming))
    throw new ConnectionCut('The sender went away before its answer was there.');
}
