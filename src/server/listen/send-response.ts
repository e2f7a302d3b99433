/** Writes a response to its socket, and deals with a body that nobody wanted to read on. */
import type { ServerResponse } from 'node:http';
import { heldText } from '../http/reply.ts';
import { announcesBody } from './incoming-body.ts';
import { drained, hasArrived } from './linger.ts';
import type { OpenExchange } from './open-exchange.ts';
import type { WhenLeft } from './reply-left.ts';

/** Whoever hung up before, or was cut off, gets none. */
export async function sendResponse(exchange: OpenExchange, response: Response): Promise<void> {
  const { incoming, outgoing, whenLeft } = exchange;
  if (incoming.socket.destroyed) return;
  const lingers = announcesBody(incoming) && !(await hasArrived(incoming));
  const text = heldText(response);
  outgoing.writeHead(response.status, headersOf(response, text, lingers));
  if (text !== undefined && !lingers) {
    outgoing.end(text);
    return;
  }
  outgoing.flushHeaders();
  if (text !== undefined) outgoing.write(text);
  else if (response.body !== null) await sendChunks(outgoing, response.body, whenLeft);
  if (lingers) await drained(incoming);
  outgoing.end();
}

function headersOf(
  { headers }: Response,
  text: string | undefined,
  closes: boolean,
): Readonly<Record<string, string | number>> {
  const head: Record<string, string | number> = Object.fromEntries(headers);
  if (text) head['content-length'] ??= Buffer.byteLength(text);
  if (closes) head['connection'] = 'close';
  return head;
}

async function sendChunks(
  outgoing: ServerResponse,
  chunks: AsyncIterable<Uint8Array>,
  whenLeft: WhenLeft,
): Promise<void> {
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
