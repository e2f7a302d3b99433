/** What a request carries besides itself, whether it came through a socket or through `Emulator.fetch`. */
import type { Context } from 'hono';
import type { Call } from './call.ts';
import type { Reply } from './reply.ts';

/** As much of a `Request` as anybody here looks at: of one that came through a socket there is no more. */
export type AskedRequest = Pick<Request, 'method' | 'url' | 'signal'> & { readonly headers: Pick<Headers, 'get'> };

export interface RequestEnv {
  /** The request's, taken apart once. */
  readonly url: URL;
  /** The body as it arrives, once only; leaving the loop early is fine. Throws `ConnectionCut` when the sender is gone. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Runs `action` once the reply has been handed over, or nobody was left to take it. */
  readonly afterReply: (action: () => void) => void;
  /**
   * Sends the head of a reply and a part of its body, then cuts the connection: for faults. Without a socket there is
   * none, and the reply's body has to break instead.
   */
  readonly sendPart?:
    | ((head: { readonly status: number; readonly headers: Reply['headers'] }, part: Uint8Array) => Promise<void>)
    | undefined;
}

/** The same for handlers, who know what is asked. */
export interface HandlerEnv extends RequestEnv {
  readonly call: Call;
}

/** The types of Hono's contexts throughout. */
export interface EmulatorHono {
  Bindings: HandlerEnv;
}
export type RequestContext<Path extends string = string> = Context<EmulatorHono, Path>;

/** The sender went away before its body was complete: nobody is left to answer, and nothing is broken. */
export class ConnectionCut extends Error {
  override readonly name = 'ConnectionCut';
}
