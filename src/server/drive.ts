/** Who applies what is due: the pump by itself, or a caller by hand; and how time passes. */
import { appliedBy } from './jobs/applied.ts';
import { createPump } from './jobs/pump.ts';
import { passTime } from './pass-time.ts';
import { closedError } from './runtime/emulator-error.ts';
import type { SteeredClock } from './runtime/steered-clock.ts';
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
