/** Lets time pass as it would: whatever falls due on the way is applied at its own time, not at the end of the jump. */
import type { StepResult } from './store/store.ts';

/** Every round ends a due time: there are no more of these than batches that wait, and slices of those that go slowly. */
export async function passTime(
  ms: number,
  parts: {
    /** The emulator's, by which `step` tells what is due next. */
    readonly now: () => number;
    /** Moves the clock that is meant. */
    readonly advance: (ms: number) => void;
    readonly step: () => Promise<StepResult>;
    readonly drain: () => Promise<void>;
  },
): Promise<void> {
  const { now, advance, step, drain } = parts;
  let leftMs = ms;
  for (;;) {
    await drain();
    const { nextDueAt = Number.POSITIVE_INFINITY } = await step();
    const hopMs = Math.min(leftMs, Math.max(0, nextDueAt - now()));
    advance(hopMs);
    leftMs -= hopMs;
    if (leftMs === 0) break;
  }
  await drain();
}
