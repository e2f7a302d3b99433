/** Writes a response to its socket, and deals with a body that nobody wanted to read on. */
import { isGone, isStream, type Outgoing } from '../http/http2-stream.ts';
import { heldReply, type Reply } from '../http/reply.ts';
import { announcesBody } from './incoming-body.ts';
import { drained, hasArrived } from './linger.ts';
import type { OpenExchange, WhenLeft } from './open-exchange.ts';

/** Whoever hung up before, or was cut off, gets none. */
export async function sendResponse(exchange: OpenExchange, response: Response): Promise<void> {
  const { incoming, outgoing, whenLeft } = exchange;
  if (isGone(incoming)) return;
  const lingers = announcesBody(incoming) && !(await hasArrived(incoming));
  // What answers HEAD is Hono's own copy of it.
  const reply = incoming.method === 'HEAD' ? exchange.reply : heldReply(exchange, response);
  const { status, headers } = reply ?? { status: response.status, headers: Object.fromEntries(response.headers) };
  outgoing.writeHead(status, {
    ...headers,
    ...lengthOf(reply),
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

/** Where it is not said yet. */
function lengthOf(reply: Reply | undefined): { readonly 'content-length'?: number } {
  if (reply === undefined || reply.text === '' || 'content-length' in reply.headers) return {};
  return { 'content-length': Buffer.byteLength(reply.text) };
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
