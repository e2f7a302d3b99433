/** Applying what is due, by hand: a slice at a time, or until nothing is left. */
import { ownJson } from '../http/own-error.ts';
import type { Services } from '../http/services.ts';

export async function stepOnce({ step }: Services): Promise<Response> {
  const { rows, completed, more } = await step();
  return ownJson({ rows, completed, more });
}

export async function drainAll({ drain }: Services): Promise<Response> {
  await drain();
  return new Response(null, { status: 204 });
}
