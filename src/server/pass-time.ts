/** Lets time pass as it would: whatever falls due on the way is applied at its own time, not at the end of the jump. */
import { type SteeredClock, TIME_MS_MAX } from './runtime/steered-clock.ts';
import type { StepResult } from './store/store.ts';

/** Every round ends a due time: there are no more of these than batches that wait, and slices of those that go slowly. */
export async function passTime(
  ms: number,
  parts: {
    readonly clock: SteeredClock;
    readonly step: () => Promise<StepResult>;
    readonly drain: () => Promise<void>;
  },
): Promise<void> {
  const { clock, step, drain } = parts;
  if (!Number.isSafeInteger(ms) || ms < 0 || clock.now() + ms > TIME_MS_MAX) {
    throw new RangeError(`Time passes by whole milliseconds, 0 or more, up to the last date, and not by ${ms}.`);
  }
  let leftMs = ms;
  for (;;) {
    await drain();
    const { nextDueAt = Number.POSITIVE_INFINITY } = await step();
    const hopMs = Math.min(leftMs, Math.max(0, nextDueAt - clock.now()));
    clock.advance(hopMs);
    leftMs -= hopMs;
    if (leftMs === 0) break;
  }
  await drain();
}
