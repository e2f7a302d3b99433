/** Rows are lost and the batch says so (thr-message-loss): they count as `failedUpdates`. */
import { z } from 'zod';
import { LOST_ROWS_SHARE_MAX } from '../../protocol/vocabulary/index.ts';
import { type Fault, whenShape } from './fault.ts';
import { SEEDS_MAX } from './lost-row.ts';

const schema = z.strictObject({
  ...whenShape(['submit']),
  share: z
    .number()
    .min(0)
    .max(1)
    .default(LOST_ROWS_SHARE_MAX)
    .describe('Chance of each row that would be written. The documents admit 0.001; more serves small tests.'),
});

export const visibleLoss = {
  name: 'visibleLoss',
  schema,
  effect: ({ share }, random) => ({
    kind: 'batch',
    faults: { visibleLoss: { share, seed: random.integer(0, SEEDS_MAX) } },
  }),
} satisfies Fault<z.output<typeof schema>>;
