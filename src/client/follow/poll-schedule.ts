/** When to ask a status link next: soon at first, ever more rarely, never quite in step with others. */
import { isAdobeHost, isLoopbackHost } from '../endpoint.ts';

export interface PollSchedule {
  readonly firstMs: number;
  readonly factor: number;
  readonly longestMs: number;
  /** The least after a question that was not answered: what is not there yet needs its time. Default: 0. */
  readonly afterErrorMs?: number;
}

/** Whoever rehearses the real service's calls a minute on this machine has none to spend on many questions. */
export function pollScheduleOn(endpoint: URL, callsPerMinute: number): PollSchedule {
  if (isAdobeHost(endpoint.hostname)) return REAL_HOST_SCHEDULE;
  return isLoopbackHost(endpoint.hostname) && callsPerMinute === Infinity ? LOOPBACK_SCHEDULE : OTHER_HOST_SCHEDULE;
}

/** A real batch takes minutes to a day (st-observed-time, thr-latency), and each question costs one of 50 calls. */
export const REAL_HOST_SCHEDULE: PollSchedule = { firstMs: 15_000, factor: 1.5, longestMs: 5 * 60_000 };
export const OTHER_HOST_SCHEDULE: PollSchedule = { firstMs: 250, factor: 1.5, longestMs: 10_000 };
/** Each wait is 10 ms and a hundredth of the time waited so far: the end is known almost as soon as it is there. */
export const LOOPBACK_SCHEDULE: PollSchedule = { firstMs: 10, factor: 1.01, longestMs: 10_000, afterErrorMs: 2_500 };

/** `polls` counts the questions asked so far; `chance` is uniform in [0, 1). */
export function pollDelayMs(polls: number, schedule: PollSchedule, chance: number): number {
  const delayMs = Math.min(schedule.longestMs, schedule.firstMs * schedule.factor ** polls);
  return Math.round(delayMs * (0.9 + 0.2 * chance));
}
