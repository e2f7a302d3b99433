/** A request and its reply, as they come out of a socket and go back into it. */
import type { Exchange, SocketBindings } from '../http/emulator-env.ts';
import { isStream } from '../http/http2-stream.ts';
import { incomingBody } from './incoming-body.ts';

/** Calls `action` when a reply is off our hands, gone out whole or with its connection; at once where it is so already. */
export type WhenLeft = (action: () => void) => void;

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

function replyLeft({ incoming: { socket }, outgoing }: SocketBindings): WhenLeft {
  const actions: (() => void)[] = [];
  let isLeft = false;
  const left = () => {
    if (isLeft) return;
    isLeft = true;
    for (const action of actions) action();
  };
  outgoing.once('close', left);
  if (outgoing.socket === null) {
    // Pipelined behind another, it has no socket of its own yet, and is not told when that closes. One listener for each
    // reply that waits: as many as were pipelined.
    socket.setMaxListeners(0);
    socket.once('close', left);
    outgoing.once('close', () => socket.off('close', left));
  }
  return (action) => {
    if (isLeft) action();
    else actions.push(action);
  };
}
