/** The account's limit of 50 calls a minute (lim-calls-min), whatever the setting `rateLimit` says; others may use it too. */
import { z } from 'zod';
import { CALLS_PER_MINUTE_MAX } from '../../protocol/vocabulary/index.ts';
import { type Fault, whenShape } from './fault.ts';

const schema = z.lazy(() =>
  z.strictObject({
    ...whenShape(['submit', 'status']),
    usedByOthers: z
      .int()
      .min(0)
      .max(CALLS_PER_MINUTE_MAX)
      .default(0)
      .describe('Calls of each minute that somebody else on the account makes.'),
  }),
);

export const callsPerMinute = {
  name: 'callsPerMinute',
  schema,
  effect: ({ usedByOthers }) => ({ kind: 'limit', usedByOthers }),
} satisfies Fault<z.output<typeof schema>>;
