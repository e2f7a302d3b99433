/** The body of a request as it arrives, from wherever it comes. */
import { ConnectionCut, type EmulatorContext, exchangeOf } from './emulator-env.ts';

/** Once only; leaving the loop early is fine. Throws `ConnectionCut` when the sender is gone. */
export async function* requestBody(c: EmulatorContext): AsyncGenerator<Uint8Array, void> {
  const exchange = exchangeOf(c);
  if (exchange !== undefined) {
    yield* exchange.body;
    return;
  }
  const { body, bodyUsed } = c.req.raw;
  // Another application's middleware has read it, and Hono keeps it.
  if (bodyUsed) yield new Uint8Array(await c.req.arrayBuffer());
  if (bodyUsed || body === null) return;
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    throw new ConnectionCut('The body of the request failed before it was complete.', { cause: error });
  }
}
