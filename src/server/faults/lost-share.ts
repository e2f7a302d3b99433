/** How many rows a loss takes: the same question for the silent and the visible one. */
import { z } from 'zod';
import { LOST_ROWS_SHARE_MAX } from '../../protocol/vocabulary/index.ts';

export const lostShare = z
  .number()
  .min(0)
  .max(1)
  .default(LOST_ROWS_SHARE_MAX)
  .describe('Chance of each row that would be written. The documents admit 0.001; more serves small tests.');
