/** Writes a response to its socket, and deals with a body that nobody wanted to read on. */
import { isGone, isStream, type Outgoing } from '../http/http2-stream.ts';
import { heldReply } from '../http/reply.ts';
import { announcesBody } from './incoming-body.ts';
import { drained, hasArrived } from './linger.ts';
import type { OpenExchange } from './open-exchange.ts';
import type { WhenLeft } from './reply-left.ts';

/** Whoever hung up before, or was cut off, gets none. */
export async function sendResponse(exchange: OpenExchange, response: Response): Promise<void> {
  const { incoming, outgoing, whenLeft } = exchange;
  if (isGone(incoming)) return;
  const lingers = announcesBody(incoming) && !(await hasArrived(incoming));
  // What answers HEAD is Hono's own copy of it.
  const reply = incoming.method === 'HEAD' ? exchange.reply : heldReply(exchange, response);
  const { status, headers } = reply ?? { status: response.status, headers: Object.fromEntries(response.headers) };
  const length = reply === undefined ? 0 : Buffer.byteLength(reply.text);
  outgoing.writeHead(status, {
    ...headers,
    // Where it is not said yet.
    ...(length > 0 && !('content-length' in headers) && { 'content-length': length }),
    ...(lingers && !isStream(incoming) && { connection: 'close' }),
  });
  if (reply !== undefined && !lingers) {
    outgoing.end(reply.text);
    return;
  }
  outgoing.flushHeaders?.();
  if (reply !== undefined) outgoing.write(reply.text);
  else if (response.body !== null) await sendChunks(outgoing, response.body, whenLeft);
  // A stream's reply may end before its request does.
  if (isStream(incoming)) outgoing.end();
  if (lingers) await drained(incoming);
  if (isStream(incoming)) incoming.stream.close();
  else outgoing.end();
}

async function sendChunks(outgoing: Outgoing, chunks: AsyncIterable<Uint8Array>, whenLeft: WhenLeft): Promise<void> {
  let isLeft = false;
  whenLeft(() => {
    isLeft = true;
  });
  for await (const chunk of chunks) {
    if (isLeft) return;
    const hasRoom = outgoing.write(chunk);
    if (!hasRoom) {
      await new Promise<void>((resolve) => {
        outgoing.once('drain', resolve);
        whenLeft(resolve);
      });
    }
  }
}
