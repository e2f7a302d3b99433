/** The connection is cut within the reply: its head is sent, and so many bytes of its body. A shorter one passes. */
import { z } from 'zod';
import { type Fault, OPERATIONS, whenShape } from './fault.ts';

const CUT_REPLY_BYTES_MAX = 64 * 1024 * 1024;

const schema = z.lazy(() =>
  z.strictObject({
    ...whenShape(OPERATIONS),
    afterBytes: z.int().min(0).max(CUT_REPLY_BYTES_MAX).default(0).describe('Bytes of the body that are sent.'),
  }),
);

export const cutReply = {
  name: 'cutReply',
  schema,
  effect: ({ afterBytes }) => ({ kind: 'cut-reply', afterBytes }),
} satisfies Fault<z.output<typeof schema>>;
