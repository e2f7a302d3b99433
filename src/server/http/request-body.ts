/** The body of a request that came without a socket. */
import { ConnectionCut } from './request-env.ts';

/** The chunks as they are given; leaving the loop early cancels the rest. */
export async function* requestBody(request: Request): AsyncGenerator<Uint8Array, void> {
  if (request.body === null) return;
  try {
    for await (const chunk of request.body) yield chunk;
  } catch (error) {
    throw new ConnectionCut('The body of the request failed before it was complete.', { cause: error });
  }
}
