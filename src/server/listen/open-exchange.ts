/** A request and its reply, as they come out of a socket and go back into it. */
import { EXCHANGE, type Exchange } from '../http/emulator-env.ts';
import { type Incoming, isStream, type Outgoing } from '../http/http2-stream.ts';
import type { Reply } from '../http/reply.ts';
import { incomingBody } from './incoming-body.ts';
import type { Reached } from './reached.ts';

/** The bindings of its request as well. */
export class OpenExchange implements Exchange {
  readonly url: URL;
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  reply: Reply | undefined = undefined;
  /** Among those that are owed. */
  place = -1;
  readonly #reached: Reached;
  readonly #whenLeft: (() => void)[] = [];
  #isLeft = false;
  #abortion: AbortController | undefined = undefined;

  constructor(url: URL, incoming: Incoming, outgoing: Outgoing, reached: Reached) {
    this.url = url;
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.#reached = reached;
    const left = () => this.#leave();
    outgoing.on('close', left);
    if (outgoing.socket !== null) return;
    // Pipelined behind another, it has no socket of its own yet, and is not told when that closes. One listener for each
    // reply that waits: as many as were pipelined.
    const { socket } = incoming;
    socket.setMaxListeners(0);
    socket.once('close', left);
    outgoing.once('close', () => socket.off('close', left));
  }

  get [EXCHANGE](): this {
    return this;
  }

  leadsHere(): boolean {
    return this.#reached.leadsHere(this.incoming, this.url);
  }

  /** Calls `action` when its reply has gone out whole, or its connection has gone; at once where it is so already. */
  whenLeft(action: () => void): void {
    if (this.#isLeft) action();
    else this.#whenLeft.push(action);
  }

  #leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    for (const action of this.#whenLeft) action();
  }

  /** Few wait, so that few need one. */
  get signal(): AbortSignal {
    if (this.#abortion === undefined) {
      const controller = (this.#abortion = new AbortController());
      const abort = () => controller.abort();
      this.whenLeft(abort);
      const { incoming } = this;
      if (!isStream(incoming)) {
        if (incoming.socket.readableEnded) abort();
        incoming.socket.once('end', abort);
        this.whenLeft(() => incoming.socket.off('end', abort));
      }
    }
    return this.#abortion.signal;
  }

  get body(): AsyncIterable<Uint8Array> {
    return incomingBody(this);
  }
}
