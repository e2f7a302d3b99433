/** Who applies what is due: the pump by itself, or a caller by hand; and how time passes. */
import { appliedBy } from './jobs/applied.ts';
import { createPump } from './jobs/pump.ts';
import { closedError } from './runtime/emulator-error.ts';
import { type SteeredClock, TIME_MS_MAX } from './runtime/steered-clock.ts';
import type { BodyFailure } from './store/body-check.ts';
import type { Reader, StepResult, Writer } from './store/store.ts';

export function driveOf(parts: {
  readonly writer: Pick<Writer, 'step'>;
  readonly reader: Reader;
  readonly clock: SteeredClock;
  readonly drive: 'pump' | 'by-hand';
  readonly onCompleted: (batchIds: StepResult['completed']) => void;
  /** A body could not be applied. */
  readonly onBodyFailure: (failure: BodyFailure) => void;
  readonly onFailure: (error: unknown) => void;
}) {
  const { reader, clock, onCompleted } = parts;
  const writer: Pick<Writer, 'step'> = {
    async step(now) {
      const result = await parts.writer.step(now);
      if (result.bodyFailure !== undefined) parts.onBodyFailure(result.bodyFailure);
      return result;
    },
  };
  let isFailed = false;
  let isClosed = false;
  const onFailure = (error: unknown) => {
    isFailed = true;
    parts.onFailure(error);
  };
  const pump = parts.drive === 'by-hand' ? undefined : createPump({ writer, clock, onCompleted, onFailure });
  const step = async () => {
    const result = await writer.step(clock.now());
    onCompleted(result.completed);
    return result;
  };
  const drain = async () => {
    if (pump !== undefined) return pump.idle();
    while ((await step()).more) if (isClosed) throw closedError();
  };
  return {
    step,
    drain,
    advance: (ms: number) => passTime(ms, { clock, step, drain }),
    /** Where the emulator is driven by hand, only `drain` and `step` apply anything. */
    settle: async () => pump?.idle(),
    kick: () => pump?.kick(),
    ...appliedBy({ pump, reader, clock }),
    isFailed: () => isFailed,
    /** No step is begun any more, and whoever waits for one is told: `closed`. */
    async close() {
      isClosed = true;
      await pump?.close();
    },
  };
}

/**
 * Lets time pass as it would: whatever falls due on the way is applied at its own time, not at the end of the jump. Every
 * round ends a due time: there are no more of these than batches that wait, and slices of those that go slowly.
 */
async function passTime(
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
