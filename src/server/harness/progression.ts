/** How batches get to their end, as data: for a client code from its next batch on, or for one batch that waits. */
import { z } from 'zod';
import { PROGRESSION_MS_MAX, PROGRESSION_POLLS_MAX } from '../../protocol/vocabulary/index.ts';
import { once } from '../runtime/once.ts';

const milliseconds = () => z.int().min(0).max(PROGRESSION_MS_MAX);

export const progression = once(() =>
  z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('immediate') }),
      z.strictObject({ kind: z.literal('realistic') }),
      z.strictObject({ kind: z.literal('duration'), ms: milliseconds() }),
      z.strictObject({ kind: z.literal('polls'), polls: z.int().min(0).max(PROGRESSION_POLLS_MAX) }),
      z.strictObject({ kind: z.literal('manual') }),
      z.strictObject({ kind: z.literal('stuck'), ms: milliseconds().optional() }),
    ])
    .describe(
      'When a batch is applied: at once, after ms of the clock, after so many status requests, when released, never.',
    ),
);
