/** How slowly a body may come: what has arrived of it is held all the while. */

export interface BodyPace {
  /** Without a byte. */
  readonly idleMs: number;
  /** From then on, so many bytes a second on the whole. */
  readonly graceMs: number;
  readonly bytesPerSecondMin: number;
}

/** Half a megabit a second is 60 times as fast. */
export const BODY_PACE: BodyPace = { idleMs: 30_000, graceMs: 60_000, bytesPerSecondMin: 1024 };

export const isTooSlow = ({ graceMs, bytesPerSecondMin }: BodyPace, bytes: number, ms: number): boolean =>
  ms > graceMs && bytes * 1000 < ms * bytesPerSecondMin;
