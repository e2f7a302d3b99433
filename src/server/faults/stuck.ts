/** The batch never finishes: after so many rows, in the order they are applied, its status is `stuck`. */
import { z } from 'zod';
import { BATCH_ROWS_MAX } from '../../protocol/vocabulary/index.ts';
import { type Fault, whenShape } from './fault.ts';

const schema = z.lazy(() =>
  z.strictObject({
    ...whenShape(['submit']),
    afterRows: z
      .int()
      .min(0)
      .max(BATCH_ROWS_MAX)
      .default(0)
      .describe('Rows applied before; a shorter batch completes.'),
  }),
);

export const stuck = {
  name: 'stuck',
  schema,
  effect: ({ afterRows }) => ({ kind: 'batch', faults: { stuckAfterRows: afterRows } }),
} satisfies Fault<z.output<typeof schema>>;
