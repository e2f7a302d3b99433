/** The batch is applied a few rows at a time, with a wait on the clock between (thr-business-hours). */
import { z } from 'zod';
import { BATCH_ROWS_MAX } from '../../protocol/vocabulary/index.ts';
import { type Fault, whenShape } from './fault.ts';

const SLOW_EVERY_MS_MAX = 24 * 60 * 60 * 1000;

const schema = z.lazy(() =>
  z.strictObject({
    ...whenShape(['submit']),
    rowsPerStep: z.int().min(1).max(BATCH_ROWS_MAX).default(100).describe('Rows at a time.'),
    everyMs: z
      .int()
      .min(0)
      .max(SLOW_EVERY_MS_MAX)
      .default(1_000)
      .describe('Milliseconds between; 0 waits for nothing.'),
  }),
);

export const slowIngestion = {
  name: 'slowIngestion',
  schema,
  effect: ({ rowsPerStep, everyMs }) => ({ kind: 'batch', faults: { slow: { rowsPerStep, everyMs } } }),
} satisfies Fault<z.output<typeof schema>>;
