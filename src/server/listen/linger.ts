/**
 * What happens to a body that nobody wants to read on. Closing at once would reset the connection, and the reply would
 * be lost with it; so the reply is sent whole, the rest is drained for a bounded while, and then the connection ends.
 */
import type { Incoming } from '../http/http2-stream.ts';
import { realClock } from '../runtime/clock.ts';

/** More than the largest legal batch: a client that reads no reply before it has sent everything still sees it. */
const DRAINED_BYTES_MAX = 64 * 1024 * 1024;
const DRAINED_MS_MAX = 5_000;

/** Whether all of the body has: then there is nothing to drain, and the connection goes on. */
export async function hasArrived(incoming: Incoming): Promise<boolean> {
  // A refusal by the head alone is ready before the parser has come to the end of what arrived with it.
  if (!incoming.complete) await new Promise((nextTurn) => setImmediate(nextTurn));
  // What is still buffered must go, or the next request on this connection waits behind it.
  if (incoming.complete && !incoming.readableEnded) incoming.resume();
  return incoming.complete;
}

/** Resolves when the body has ended, the sender is gone, or enough was thrown away. */
export function drained(incoming: Incoming): Promise<void> {
  return new Promise((resolve) => {
    const clock = realClock();
    let bytesLeft = DRAINED_BYTES_MAX;
    const done = () => {
      takeBack();
      incoming.off('data', count).off('end', done).off('close', done).off('error', done);
      incoming.pause();
      resolve();
    };
    const count = (chunk: Uint8Array) => {
      bytesLeft -= chunk.byteLength;
      if (bytesLeft < 0) done();
    };
    const takeBack = clock.wakeAt(clock.now() + DRAINED_MS_MAX, done);
    if (incoming.readableEnded || incoming.destroyed) return done();
    incoming.on('data', count).once('end', done).once('close', done).once('error', done);
    incoming.resume();
  });
}
