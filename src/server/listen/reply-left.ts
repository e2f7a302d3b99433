/** When a reply is off our hands: it has gone out whole, or its connection has gone. */
import type { Incoming, Outgoing } from '../http/http2-stream.ts';

/** Calls `action` then; at once where it is so already. */
export type WhenLeft = (action: () => void) => void;

export function replyLeft({ socket }: Incoming, outgoing: Outgoing): WhenLeft {
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
