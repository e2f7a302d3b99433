/** Accepts and commits, then cuts the connection before the first byte of the reply: the sender cannot know. */
import { z } from 'zod';
import { type Fault, whenShape } from './fault.ts';

const schema = z.lazy(() => z.strictObject(whenShape(['submit', 'update'])));

export const commitThenCut = {
  name: 'commitThenCut',
  schema,
  effect: () => ({ kind: 'drop-reply' }),
} satisfies Fault<z.output<typeof schema>>;
