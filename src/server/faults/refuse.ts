/** `success=false` with HTTP 200, for a submission that nothing is wrong with; nothing is taken in. */
import { z } from 'zod';
import { type Fault, whenShape } from './fault.ts';

const MESSAGE_CHARS_MAX = 1_000;

const schema = z.lazy(() =>
  z.strictObject({
    ...whenShape(['submit', 'update']),
    message: z.string().max(MESSAGE_CHARS_MAX).default('Refused on purpose.').describe('What the reply says.'),
  }),
);

export const refuse = {
  name: 'refuse',
  schema,
  effect: ({ message }) => ({ kind: 'answer', status: 200, message }),
} satisfies Fault<z.output<typeof schema>>;
