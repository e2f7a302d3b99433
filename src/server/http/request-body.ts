/** The body of a request: as it arrives from wherever it comes, whole where it is small, or with its beginning known. */
import { ConnectionCut, type EmulatorContext, exchangeOf } from './emulator-env.ts';

/** Once only; leaving the loop early is fine. Throws `ConnectionCut` when the sender is gone. */
export const requestBody = (c: EmulatorContext): AsyncIterable<Uint8Array> => exchangeOf(c)?.body ?? bodyOf(c);

async function* bodyOf({ req }: EmulatorContext): AsyncGenerator<Uint8Array, void> {
  const { body, bodyUsed } = req.raw;
  // Another application's middleware has read it, and Hono keeps it.
  if (bodyUsed) yield new Uint8Array(await req.arrayBuffer());
  if (bodyUsed || body === null) return;
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    throw new ConnectionCut('The body of the request failed before it was complete.', { cause: error });
  }
}

/** The whole body, or `too-large` as soon as it exceeds `bytesMax`: for parameters and our own API, never for a batch. */
export async function readBoundedBody(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<Buffer | 'too-large'> {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) return 'too-large';
    kept.push(chunk);
  }
  return Buffer.concat(kept, bytes);
}

export interface PeekedBody {
  /** From the first byte on, once only. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Nobody will take it in. */
  leave(): Promise<void>;
}

/** Holds `bytesMax` and one chunk. */
export async function peekedBody(source: AsyncIterable<Uint8Array>, bytesMax: number): Promise<PeekedBody> {
  const rest = source[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let next = await rest.next();
  for (let bytes = 0; next.done !== true; next = await rest.next()) {
    // A chunk is its maker's to use again when the next one is asked for.
    held.push(next.value.slice());
    bytes += next.value.byteLength;
    if (bytes >= bytesMax) break;
  }
  const isEnded = next.done === true;
  const leave = async () => {
    await rest.return?.();
  };
  async function* body() {
    try {
      while (held.length > 0) yield held.shift()!;
      if (!isEnded) yield* { [Symbol.asyncIterator]: () => rest };
    } finally {
      await leave();
    }
  }
  return { body: body(), leave };
}
