/** How long to wait before the next call so that no minute ever holds too many: a sliding window, pure. */

export const PACE_WINDOW_MS = 60_000;

/** `callTimes` are the times of earlier calls, oldest first. */
export function paceDelayMs(callTimes: readonly number[], nowMs: number, callsPerMinute: number): number {
  if (callTimes.length < callsPerMinute) return 0;
  // The call that must have left the window before another may be made.
  const blocking = callTimes[callTimes.length - callsPerMinute]!;
  return Math.max(0, blocking + PACE_WINDOW_MS - nowMs);
}
