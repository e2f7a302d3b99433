/** A request's body as it comes out of a socket. */
import { ConnectionCut, type SocketBindings } from '../http/emulator-env.ts';
import { type Incoming, isGone, isStream } from '../http/http2-stream.ts';
import { realClock } from '../runtime/clock.ts';

/**
 * How slowly a body may come, since what has arrived of it is held all the while: so long without a byte, and once the grace is
 * over so many bytes a second on the whole. Half a megabit a second is 60 times as fast.
 */
export const BODY_PACE = { idleMs: 30_000, graceMs: 60_000, bytesPerSecondMin: 1024 };

export const isTooSlow = ({ graceMs, bytesPerSecondMin }: typeof BODY_PACE, bytes: number, ms: number): boolean =>
  ms > graceMs && bytes * 1000 < ms * bytesPerSecondMin;

/**
 * The chunks as they arrive. `100 Continue` is sent when the first one is asked for, and not before: whoever refuses a
 * request by its head alone never reads, so the sender learns of it before it has sent anything (body-expect-100).
 * Whoever sends too slowly is cut off.
 */
export async function* incomingBody(
  { incoming, outgoing }: SocketBindings,
  pace = BODY_PACE,
): AsyncGenerator<Uint8Array, void> {
  if (expectsContinue(incoming)) outgoing.writeContinue();
  // A small body arrives with its head: by the next turn all of it has been parsed, and no listeners are needed.
  else await new Promise((nextTurn) => setImmediate(nextTurn));
  if (incoming.complete && !isStream(incoming)) {
    const whole: Uint8Array | null = incoming.read();
    if (whole !== null) yield whole;
    return;
  }
  const clock = realClock();
  const startedAt = clock.now();
  let bytes = 0;
  let lastAt = startedAt;
  let takeBack = () => {};
  const watch = () => {
    takeBack = clock.wakeAt(lastAt + pace.idleMs, () => {
      if (clock.now() - lastAt < pace.idleMs) watch();
      else (isStream(incoming) ? incoming.stream : incoming.socket).destroy();
    });
  };
  try {
    watch();
    // Destroying the stream would take the socket with it, and the reply.
    const chunks: AsyncIterable<Uint8Array> = incoming.iterator({ destroyOnReturn: false });
    for await (const chunk of chunks) {
      bytes += chunk.byteLength;
      lastAt = clock.now();
      if (isTooSlow(pace, bytes, lastAt - startedAt)) throw new Error('The body comes too slowly.');
      yield chunk;
    }
  } catch (error) {
    throw new ConnectionCut(CUT, { cause: error });
  } finally {
    takeBack();
  }
  // A stream that was reset ends as one that is complete, but this one cannot be over while its reply is not.
  if (isStream(incoming) && isGone(incoming)) throw new ConnectionCut(CUT);
}

const CUT = 'The connection was cut before the body was complete.';

/** In letters of either case (RFC 9110, 10.1.1), which Node minds in HTTP/2. */
export const CONTINUES = /(?:^|\W)100-continue(?:$|\W)/i;
export const expectsContinue = ({ headers: { expect }, httpVersion }: Incoming) =>
  expect !== undefined && httpVersion !== '1.0' && CONTINUES.test(expect);

/** Whether the head announces a body at all. */
export function announcesBody(incoming: Incoming): boolean {
  if (isStream(incoming)) return !incoming.stream.endAfterHeaders;
  const length = incoming.headers['content-length'];
  return incoming.headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) !== 0);
}
