/** Rows are lost and nothing says so (thr-loss): the counters are those of a batch without loss. */
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

export const silentLoss = {
  name: 'silentLoss',
  schema,
  effect: ({ share }, random) => ({
    kind: 'batch',
    faults: { silentLoss: { share, seed: random.integer(0, SEEDS_MAX) } },
  }),
} satisfies Fault<z.output<typeof schema>>;
