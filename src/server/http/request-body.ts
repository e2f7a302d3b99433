/** The body of a request as it arrives, from wherever it comes. */
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
