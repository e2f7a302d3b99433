/** A request and its reply, as they come out of a socket and go back into it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from '../http/emulator-env.ts';
import { incomingBody } from './incoming-body.ts';
import { replyLeft, type WhenLeft } from './reply-left.ts';

export interface OpenExchange extends Exchange {
  readonly whenLeft: WhenLeft;
}

export function openExchange(url: URL, incoming: IncomingMessage, outgoing: ServerResponse): OpenExchange {
  const whenLeft = replyLeft(incoming, outgoing);
  let abortion: AbortController | undefined;
  return {
    url,
    incoming,
    outgoing,
    whenLeft,
    reply: undefined,
    // Few wait, so that few need one.
    get signal() {
      if (abortion === undefined) {
        const controller = (abortion = new AbortController());
        const { socket } = incoming;
        const abort = () => controller.abort();
        if (socket.readableEnded) abort();
        socket.once('end', abort);
        whenLeft(() => {
          socket.off('end', abort);
          abort();
        });
      }
      return abortion.signal;
    },
    get body() {
      return incomingBody(incoming, outgoing);
    },
  };
}
