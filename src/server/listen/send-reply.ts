/** Writes replies to a socket: whole, in chunks, or only a part. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Reply } from '../http/reply.ts';
import { announcesBody } from './incoming-body.ts';
import { drained, hasArrived } from './linger.ts';
import type { WhenLeft } from './reply-left.ts';

/** Whoever hung up before gets none. */
export async function sendReply(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  reply: Reply,
  whenLeft: WhenLeft,
): Promise<void> {
  const lingers = announcesBody(incoming) && !(await hasArrived(incoming));
  const { status, text, chunks } = reply;
  outgoing.writeHead(status, headersOf(reply, lingers));
  if (chunks === undefined && !lingers) {
    outgoing.end(text);
    return;
  }
  outgoing.flushHeaders();
  if (chunks === undefined) outgoing.write(text);
  else await sendChunks(outgoing, chunks, whenLeft);
  if (lingers) await drained(incoming);
  outgoing.end();
}

function headersOf({ headers, text }: Reply, closes: boolean): Record<string, string | number> {
  const length = text === '' || 'content-length' in headers ? {} : { 'content-length': Buffer.byteLength(text) };
  return { ...headers, ...length, ...(closes && { connection: 'close' }) };
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

/** Resolves when the bytes have left this process: then the connection may be cut. Never, if it goes before that. */
export async function sendPart(
  outgoing: ServerResponse,
  { status, headers }: Pick<Reply, 'status' | 'headers'>,
  part: Uint8Array,
): Promise<void> {
  await turnOf(outgoing);
  outgoing.writeHead(status, headers);
  outgoing.flushHeaders();
  await new Promise<void>((resolve) => {
    outgoing.socket?.write('', () => (part.byteLength === 0 ? resolve() : outgoing.write(part, () => resolve())));
  });
}

/** Pipelined behind other replies, one has no socket before those are out; where the connection goes first, never. */
export async function turnOf(outgoing: ServerResponse): Promise<void> {
  if (outgoing.socket === null) await new Promise((assigned) => outgoing.once('socket', assigned));
}
