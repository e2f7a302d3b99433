/** Rows are lost and the batch says so (thr-message-loss): they count as `failedUpdates`. */
import { z } from 'zod';
import { type Fault, whenShape } from './fault.ts';
import { SEEDS_MAX } from './lost-row.ts';
import { lostShare } from './lost-share.ts';

const schema = z.lazy(() =>
  z.strictObject({
    ...whenShape(['submit']),
    share: lostShare,
  }),
);

export const visibleLoss = {
  name: 'visibleLoss',
  schema,
  effect: ({ share }, random) => ({
    kind: 'batch',
    faults: { visibleLoss: { share, seed: random.integer(0, SEEDS_MAX) } },
  }),
} satisfies Fault<z.output<typeof schema>>;
