/** A request and its reply, as they come out of a socket and go back into it. */
import type { Exchange, SocketBindings } from '../http/emulator-env.ts';
import { isStream } from '../http/http2-stream.ts';
import { incomingBody } from './incoming-body.ts';
import { replyLeft, type WhenLeft } from './reply-left.ts';

export interface OpenExchange extends Exchange {
  readonly whenLeft: WhenLeft;
}

export function openExchange(url: URL, leadsHere: () => boolean, socket: SocketBindings): OpenExchange {
  const whenLeft = replyLeft(socket);
  let abortion: AbortController | undefined;
  return {
    url,
    ...socket,
    leadsHere,
    whenLeft,
    reply: undefined,
    // Few wait, so that few need one.
    get signal() {
      if (abortion === undefined) {
        const controller = (abortion = new AbortController());
        const abort = () => controller.abort();
        const { incoming } = socket;
        whenLeft(abort);
        if (!isStream(incoming)) {
          if (incoming.socket.readableEnded) abort();
          incoming.socket.once('end', abort);
          whenLeft(() => incoming.socket.off('end', abort));
        }
      }
      return abortion.signal;
    },
    get body() {
      return incomingBody(socket);
    },
  };
}
