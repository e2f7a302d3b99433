/** How long the service takes, what it may lose, and in which order it works. */
import type { Progression } from '../vocabulary/index.ts';
import { documented, ours, type Rule } from './rule.ts';

/** When batches are applied: at once, after a while, or when somebody says so. */
export type Pace = 'immediate' | 'realistic' | 'manual';

/** How long a batch waits before its rows are applied (thr-latency, Q15). A clock that is moved by hand can afford more. */
export function applyDelayMs(pace: Pace, clock: 'real' | 'virtual'): number {
  switch (pace) {
    case 'immediate':
      return 0;
    case 'realistic':
      return clock === 'real' ? 2_000 : 5 * 60_000;
    case 'manual':
      return Number.POSITIVE_INFINITY;
  }
}

/** From when on a batch accepted at `now` may be applied, and how many status requests it waits for until then. */
export function progressionStart(
  pace: Progression,
  now: number,
  clock: 'real' | 'virtual',
): { readonly dueAt: number; readonly pollsLeft: number | undefined } {
  switch (pace.kind) {
    case 'immediate':
    case 'realistic':
    case 'manual':
      return { dueAt: now + applyDelayMs(pace.kind, clock), pollsLeft: undefined };
    case 'duration':
      return { dueAt: now + pace.ms, pollsLeft: undefined };
    case 'polls':
      return { dueAt: pace.polls === 0 ? now : Number.POSITIVE_INFINITY, pollsLeft: pace.polls };
    case 'stuck':
      return { dueAt: now + (pace.ms ?? 0), pollsLeft: undefined };
  }
}

export const LOSS_AND_LATENCY_RULES: readonly Rule[] = [
  {
    id: 'thr-business-hours',
    statement: 'Batches may be taken in more slowly during business hours.',
    ...documented('BULK'),
    note: 'Only on purpose: the fault slowIngestion.',
  },
  {
    id: 'thr-latency',
    statement: 'A batch takes usually less than an hour and up to 24.',
    ...documented('BULK (2024-01-10); Q15'),
    note: 'At a realistic pace two seconds here, five minutes of a virtual clock; or by hand.',
  },
  {
    id: 'thr-loss',
    statement: 'Up to 0.1 % of large batches may be lost on the way in, or later.',
    ...documented('BULK (2023-12-05); Q23'),
    contradiction: 'CA has the same clause without the loss later on.',
    note: 'Off unless asked for. Not said to show in `failedUpdates`.',
  },
  {
    id: 'thr-message-loss',
    statement: 'The row status `error` once covered lost messages.',
    ...documented('SLATE', 'v2', 'status'),
    note: 'Archived; so at least then some loss could be seen.',
  },
  {
    id: 'thr-order',
    statement: 'The order in which waiting batches are worked off is not stated.',
    ...ours('no document; Q37'),
    note: 'Ours: our-batch-order.',
  },
  {
    id: 'our-batch-order',
    statement: 'Batches of one client code are applied in the order they were accepted.',
    ...ours('Q37'),
    fixed: 'Any other order would make every replay a race.',
    note: 'Otherwise v2-override-caveat and every replay become a race. Batches of other client codes may overtake.',
  },
];
