/** A request and its reply, as they come out of a socket and go back into it. */
import { EXCHANGE, type Exchange } from '../http/emulator-env.ts';
import { type Incoming, isStream, type Outgoing } from '../http/http2-stream.ts';
import type { Reply } from '../http/reply.ts';
import { incomingBody } from './incoming-body.ts';
import type { Reached } from './reached.ts';
import { replyLeft, type WhenLeft } from './reply-left.ts';

/** The bindings of its request as well. */
export class OpenExchange implements Exchange {
  readonly url: URL;
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  readonly whenLeft: WhenLeft;
  reply: Reply | undefined = undefined;
  readonly #reached: Reached;
  #abortion: AbortController | undefined = undefined;

  constructor(url: URL, incoming: Incoming, outgoing: Outgoing, reached: Reached) {
    this.url = url;
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.whenLeft = replyLeft(incoming, outgoing);
    this.#reached = reached;
  }

  get [EXCHANGE](): this {
    return this;
  }

  leadsHere(): boolean {
    return this.#reached.leadsHere(this.incoming, this.url);
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
