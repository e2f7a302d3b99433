/** What a request carries besides itself, whether it came through a socket or through `Emulator.fetch`. */
import type { Context } from 'hono';

export interface RequestEnv {
  /** The body as it arrives, once only; leaving the loop early is fine. Throws `ConnectionCut` when the sender is gone. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Runs `action` once the reply has been handed over, or nobody was left to take it. */
  readonly afterReply: (action: () => void) => void;
}

/** The types of Hono's contexts throughout. */
export interface EmulatorHono {
  Bindings: RequestEnv;
}
export type RequestContext<Path extends string = string> = Context<EmulatorHono, Path>;

/** The sender went away before its body was complete: nobody is left to answer, and nothing is broken. */
export class ConnectionCut extends Error {
  override readonly name = 'ConnectionCut';
}
