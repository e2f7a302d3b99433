/** Any HTTP status, for as many requests as told: the batch is not taken in. */
import { z } from 'zod';
import { type Fault, OPERATIONS, whenShape } from './fault.ts';

const schema = z.lazy(() =>
  z.strictObject({
    ...whenShape(OPERATIONS),
    code: z.int().min(400).max(599).default(503).describe('The status code.'),
    retryAfterSeconds: z.int().min(0).max(86_400).optional().describe('Sent as Retry-After.'),
  }),
);

export const status = {
  name: 'status',
  schema,
  effect: ({ code, retryAfterSeconds }) => ({
    kind: 'answer',
    status: code,
    message: `Answered with ${code} on purpose.`,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  }),
} satisfies Fault<z.output<typeof schema>>;
