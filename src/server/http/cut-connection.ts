/** Ends a connection without another word, or in the middle of one. */
import { alreadySent, type Reply } from './reply.ts';
import { bindingsOf, type ConnectionCut, type EmulatorContext, type SocketBindings } from './emulator-env.ts';
import { hangUp, isGone, isStream, whenGone } from './http2-stream.ts';

/** Once the replies before it are out. Without a socket the caller learns of it by the error. */
export async function cutConnection(c: EmulatorContext, cut: ConnectionCut): Promise<Response> {
  const socket = socketOf(c);
  if (socket === undefined) throw cut;
  await turnOf(socket);
  hangUp(socket.incoming);
  return alreadySent();
}

/** What a reply can be cut on; undefined where it came some other way. */
export function socketOf(c: EmulatorContext): SocketBindings | undefined {
  const { incoming, outgoing } = bindingsOf(c);
  return incoming === undefined || outgoing === undefined ? undefined : { incoming, outgoing };
}

/** Sends the head of a reply and a part of its body; resolves when the bytes have left this process, or the sender has. */
export async function sendPart(socket: SocketBindings, { status, headers }: Reply, part: Uint8Array): Promise<void> {
  const { incoming, outgoing } = socket;
  await turnOf(socket);
  if (isGone(incoming)) return;
  outgoing.writeHead(status, headers);
  outgoing.flushHeaders?.();
  await new Promise<void>((resolve) => {
    whenGone(incoming, resolve);
    const sent = () => (part.byteLength === 0 ? resolve() : outgoing.write(part, () => resolve()));
    // Of a stream, the head has gone by the next turn.
    if (isStream(incoming)) setImmediate(sent);
    else incoming.socket.write('', sent);
  });
}

/** Pipelined behind other replies, one has no socket before those are out. */
async function turnOf({ incoming, outgoing }: SocketBindings): Promise<void> {
  if (outgoing.socket !== null || isGone(incoming)) return;
  await new Promise<void>((resolve) => {
    outgoing.once('socket', () => resolve());
    whenGone(incoming, resolve);
  });
}
