/** The reply's body comes a few bytes at a time, with a wait on the clock before each. */
import { z } from 'zod';
import { type Fault, OPERATIONS, whenShape } from './fault.ts';

const DRIP_EVERY_MS_MAX = 60 * 1000;
const DRIP_BYTES_MAX = 64 * 1024;

const schema = z.lazy(() =>
  z.strictObject({
    ...whenShape(OPERATIONS),
    bytes: z.int().min(1).max(DRIP_BYTES_MAX).default(16).describe('Bytes at a time.'),
    everyMs: z.int().min(1).max(DRIP_EVERY_MS_MAX).default(100).describe('Milliseconds before each.'),
  }),
);

export const drip = {
  name: 'drip',
  schema,
  effect: ({ bytes, everyMs }) => ({ kind: 'drip-reply', chunkBytes: bytes, everyMs }),
} satisfies Fault<z.output<typeof schema>>;
