/** A schema that is made when it is first asked for: making one is slow, and most emulators are asked for few of them. */
import type { z } from 'zod';

export function once<Schema extends z.ZodType>(make: () => Schema): () => Schema {
  let made: Schema | undefined;
  return () => (made ??= make());
}
