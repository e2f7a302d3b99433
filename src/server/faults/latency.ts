/** The reply comes late: the work is done, then the clock is waited for. A virtual one must be moved on. */
import { z } from 'zod';
import { type Fault, OPERATIONS, whenShape } from './fault.ts';

const LATENCY_MS_MAX = 10 * 60 * 1000;

const schema = z.lazy(() =>
  z.strictObject({
    ...whenShape(OPERATIONS),
    ms: z.int().min(0).max(LATENCY_MS_MAX).default(1_000).describe('Milliseconds at least.'),
    jitterMs: z.int().min(0).max(LATENCY_MS_MAX).default(0).describe('Up to so many more, as drawn.'),
  }),
);

export const latency = {
  name: 'latency',
  schema,
  effect: ({ ms, jitterMs }, random) => ({ kind: 'delay-reply', ms: ms + random.integer(0, jitterMs) }),
} satisfies Fault<z.output<typeof schema>>;
