/** When a reply is off our hands: it has gone out whole, or its connection has gone. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A pipelined reply that still waits behind another has no socket of its own yet, and is not told when that closes. */
export function replyLeft({ socket }: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  // One listener for each reply that waits: as many as were pipelined.
  socket.setMaxListeners(0);
  return new Promise((resolve) => {
    const done = () => {
      socket.off('close', done);
      outgoing.off('close', done);
      resolve();
    };
    socket.once('close', done);
    outgoing.once('close', done);
  });
}
