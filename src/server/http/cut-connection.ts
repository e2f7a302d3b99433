/** Ends a connection without another word, or in the middle of one. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { alreadySent } from './already-sent.ts';
import { bindingsOf, type ConnectionCut, type EmulatorContext } from './emulator-env.ts';
import type { Reply } from './reply.ts';

/** Once the replies before it are out. Without a socket the caller learns of it by the error. */
export async function cutConnection(c: EmulatorContext, cut: ConnectionCut): Promise<Response> {
  const socket = socketOf(c);
  if (socket === undefined) throw cut;
  await turnOf(socket);
  socket.incoming.socket.destroy();
  return alreadySent();
}

/** What a reply can be cut on; undefined where it came some other way. */
export function socketOf(c: EmulatorContext): HttpBindings | undefined {
  const { incoming, outgoing } = bindingsOf(c);
  return incoming === undefined || outgoing === undefined ? undefined : { incoming, outgoing };
}

/** Sends the head of a reply and a part of its body; resolves when the bytes have left this process, or the sender has. */
export async function sendPart(socket: HttpBindings, { status, headers }: Reply, part: Uint8Array): Promise<void> {
  const { incoming, outgoing } = socket;
  await turnOf(socket);
  if (incoming.socket.destroyed) return;
  outgoing.writeHead(status, headers);
  outgoing.flushHeaders();
  await new Promise<void>((resolve) => {
    incoming.socket.once('close', resolve);
    incoming.socket.write('', () => (part.byteLength === 0 ? resolve() : outgoing.write(part, () => resolve())));
  });
}

/** Pipelined behind other replies, one has no socket before those are out. */
async function turnOf({ incoming, outgoing }: { incoming: IncomingMessage; outgoing: ServerResponse }): Promise<void> {
  if (outgoing.socket !== null || incoming.socket.destroyed) return;
  await new Promise<void>((resolve) => {
    outgoing.once('socket', () => resolve());
    incoming.socket.once('close', () => resolve());
  });
}
