/** Writes a response to its socket, and deals with a body that nobody wanted to read on. */
import { type Incoming, isGone, isStream } from '../http/http2-stream.ts';
import { heldReply } from '../http/reply.ts';
import { realClock } from '../runtime/clock.ts';
import { announcesBody, expectsContinue } from './incoming-body.ts';
import type { OpenExchange } from './open-exchange.ts';

/** More than the largest legal batch: a client that reads no reply before it has sent everything still sees it. */
export const DRAINED_BYTES_MAX = 64 * 1024 * 1024;
/** So long without a byte, and in all. */
export const DRAINED_IDLE_MS_MAX = 5_000;
const DRAINED_MS_MAX = 2 * 60_000;

/**
 * Whoever hung up before, or was cut off, gets none. Where a body is still on its way, closing at once would reset the
 * connection, and the reply would be lost with it: so it is sent whole, the rest is drained for a bounded while, and then
 * the connection ends.
 */
export async function sendResponse(exchange: OpenExchange, response: Response): Promise<void> {
  const { incoming, outgoing } = exchange;
  if (isGone(incoming)) return;
  const lingers = announcesBody(incoming) && !(await hasArrived(incoming));
  // What answers HEAD is Hono's own copy of it.
  const reply = incoming.method === 'HEAD' ? exchange.reply : heldReply(exchange, response);
  const { status, headers } = reply ?? { status: response.status, headers: Object.fromEntries(response.headers) };
  // curl 7.88 waits for ever for a reply below 400 that ends before its request does; a refusal from there on stops it.
  const isAfterBody = lingers && isStream(incoming) && status < 400;
  if (isAfterBody) {
    if (expectsContinue(incoming) && !incoming.readableDidRead) outgoing.writeContinue();
    await drained(incoming);
    if (isGone(incoming)) return;
  }
  outgoing.writeHead(status, lingers && !isStream(incoming) ? { ...headers, connection: 'close' } : headers);
  if (reply !== undefined && !lingers) {
    outgoing.end(reply.text);
    return;
  }
  outgoing.flushHeaders?.();
  if (reply !== undefined) outgoing.write(reply.text);
  else if (response.body !== null) await sendChunks(exchange, response.body);
  // A stream's reply may end before its request does.
  if (isStream(incoming)) outgoing.end();
  if (lingers && !isAfterBody) await drained(incoming);
  if (!isStream(incoming)) outgoing.end();
  // One whose body has come ends by itself, and Java would take a reset for a failure.
  else if (!incoming.readableEnded) incoming.stream.close();
}

async function sendChunks(exchange: OpenExchange, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const { outgoing } = exchange;
  let isLeft = false;
  exchange.whenLeft(() => {
    isLeft = true;
  });
  for await (const chunk of chunks) {
    if (isLeft) return;
    const hasRoom = outgoing.write(chunk);
    if (!hasRoom) {
      await new Promise<void>((resolve) => {
        outgoing.once('drain', resolve);
        exchange.whenLeft(resolve);
      });
    }
  }
}

/** Whether all of the body has: then there is nothing to drain, and the connection goes on. */
async function hasArrived(incoming: Incoming): Promise<boolean> {
  // A refusal by the head alone is ready before the parser has come to the end of what arrived with it.
  if (!incoming.complete) await new Promise((nextTurn) => setImmediate(nextTurn));
  // What is still buffered must go, or the next request on this connection waits behind it.
  if (incoming.complete && !incoming.readableEnded) incoming.resume();
  return incoming.complete;
}

/** Resolves when the body has ended, the sender is gone or silent, or enough was thrown away. */
function drained(incoming: Incoming): Promise<void> {
  return new Promise((resolve) => {
    const clock = realClock();
    const endsAt = clock.now() + DRAINED_MS_MAX;
    let bytesLeft = DRAINED_BYTES_MAX;
    const done = () => {
      takeBack();
      incoming.off('data', count).off('end', done).off('close', done).off('error', done);
      incoming.pause();
      resolve();
    };
    const count = (chunk: Uint8Array) => {
      bytesLeft -= chunk.byteLength;
      takeBack();
      if (bytesLeft < 0) done();
      else takeBack = watch();
    };
    const watch = () => clock.wakeAt(Math.min(clock.now() + DRAINED_IDLE_MS_MAX, endsAt), done);
    let takeBack = watch();
    if (incoming.readableEnded || incoming.destroyed) return done();
    incoming.on('data', count).once('end', done).once('close', done).once('error', done);
    incoming.resume();
  });
}
