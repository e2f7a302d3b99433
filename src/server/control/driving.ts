/** Applying what is due, by hand: a slice at a time, or until nothing is left. */
import { ownJson } from '../http/own-error.ts';
import { Reply } from '../http/reply.ts';
import type { Services } from '../http/services.ts';

export async function stepOnce({ step }: Services): Promise<Reply> {
  const { rows, completed, more } = await step();
  return ownJson({ rows, completed, more });
}

export async function drainAll({ drain }: Services): Promise<Reply> {
  await drain();
  return new Reply(204);
}
