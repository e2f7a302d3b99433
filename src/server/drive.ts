/** Who applies what is due: the pump by itself, or a caller by hand; and how time passes. */
import { createPump } from './jobs/pump.ts';
import { passTime } from './pass-time.ts';
import type { SteeredClock } from './runtime/steered-clock.ts';
import type { StepResult, Writer } from './store/store.ts';

export function driveOf(parts: {
  readonly writer: Writer;
  readonly clock: SteeredClock;
  readonly drive: 'pump' | 'by-hand';
  readonly onCompleted: (batchIds: StepResult['completed']) => void;
  readonly onFailure: (error: unknown) => void;
}) {
  const { writer, clock, onCompleted } = parts;
  let isFailed = false;
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
    while ((await step()).more);
  };
  return {
    step,
    drain,
    advance: (ms: number) => passTime(ms, { clock, step, drain }),
    /** Where the emulator is driven by hand, only `drain` and `step` apply anything. */
    settle: async () => pump?.idle(),
    kick: () => pump?.kick(),
    isFailed: () => isFailed,
    close: async () => pump?.close(),
  };
}
