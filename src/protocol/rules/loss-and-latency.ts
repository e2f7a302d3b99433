/** How long the service takes, what it may lose, and in which order it works. */
import type { Progression } from '../vocabulary/index.ts';

/** When batches are applied: at once, after a while, or when somebody says so. */
export type Pace = 'immediate' | 'realistic' | 'manual';

/** How long a batch waits before its rows are applied (thr-latency, Q15). A clock that is moved by hand can afford more. */
export function applyDelayMs(pace: Pace, clock: 'real' | 'virtual'): number {
  if (pace === 'realistic') return clock === 'real' ? 2_000 : 5 * 60_000;
  return pace === 'immediate' ? 0 : Number.POSITIVE_INFINITY;
}

/** From when on a batch accepted at `now` may be applied, and how many status requests it waits for until then. */
export function progressionStart(pace: Progression, now: number, clock: 'real' | 'virtual') {
  if (pace.kind === 'polls') return { dueAt: pace.polls === 0 ? now : Number.POSITIVE_INFINITY, pollsLeft: pace.polls };
  const isTimed = pace.kind === 'duration' || pace.kind === 'stuck';
  return { dueAt: now + (isTimed ? (pace.ms ?? 0) : applyDelayMs(pace.kind, clock)), pollsLeft: undefined };
}
