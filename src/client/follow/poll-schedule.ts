/** When to ask a status link next: soon at first, ever more rarely, never quite in step with others. */

export interface PollSchedule {
  readonly firstMs: number;
  readonly factor: number;
  readonly longestMs: number;
}

/** A real batch takes minutes to a day (st-observed-time, thr-latency), and each question costs one of 50 calls. */
export const REAL_HOST_SCHEDULE: PollSchedule = { firstMs: 15_000, factor: 1.5, longestMs: 5 * 60_000 };
export const OTHER_HOST_SCHEDULE: PollSchedule = { firstMs: 250, factor: 1.5, longestMs: 10_000 };

/** `polls` counts the questions asked so far; `chance` is uniform in [0, 1). */
export function pollDelayMs(polls: number, schedule: PollSchedule, chance: number): number {
  const delayMs = Math.min(schedule.longestMs, schedule.firstMs * schedule.factor ** polls);
  return Math.round(delayMs * (0.9 + 0.2 * chance));
}
