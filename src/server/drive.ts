/** Who applies what is due: the pump by itself, or a caller by hand; and how time passes. */
import { appliedBy } from './jobs/applied.ts';
import { createPump } from './jobs/pump.ts';
import { closedError } from './runtime/emulator-error.ts';
import type { ClientCode } from '../protocol/vocabulary/index.ts';
import type { ClientClocks } from './runtime/client-clocks.ts';
import { checkedSpan, checkedTime, type SteeredClock } from './runtime/steered-clock.ts';
import type { Reader, StepResult, Writer } from './store/store.ts';

export type Drive = ReturnType<typeof driveOf>;

export function driveOf(parts: {
  readonly writer: Pick<Writer, 'step'>;
  readonly reader: Reader;
  readonly clock: SteeredClock;
  readonly clocks: ClientClocks;
  readonly drive: 'pump' | 'by-hand';
  readonly onStep: (result: StepResult) => void;
  readonly onFailure: (error: unknown) => void;
}) {
  const { reader, clock, clocks } = parts;
  const writer: Pick<Writer, 'step'> = {
    async step(now, { only } = {}) {
      const result = await parts.writer.step(now, { ahead: clocks.ahead(), only });
      parts.onStep(result);
      return result;
    },
  };
  let isFailed = false;
  let isClosed = false;
  const onFailure = (error: unknown) => {
    isFailed = true;
    parts.onFailure(error);
  };
  const pump = parts.drive === 'by-hand' ? undefined : createPump(writer, clock, onFailure);
  const step = (client?: ClientCode) => writer.step(clock.now(), { only: client });
  const drain = async (client?: ClientCode) => {
    if (pump !== undefined && client === undefined) return pump.idle();
    while ((await step(client)).more) if (isClosed) throw closedError();
  };
  /** As it would: whatever falls due on the way is applied at its own time, not at the end of the jump. */
  const advance = async (ms: number, client?: ClientCode) => {
    const moved = client === undefined ? clock : clocks.of(client);
    checkedTime(moved.now() + checkedSpan(ms));
    // Every round ends a due time: no more of these than batches that wait, and slices of those that go slowly.
    let leftMs = ms;
    do {
      await drain(client);
      const { nextDueAt = Number.POSITIVE_INFINITY } = await step(client);
      const hopMs = Math.min(leftMs, Math.max(0, nextDueAt - clock.now()));
      moved.advance(hopMs);
      leftMs -= hopMs;
    } while (leftMs > 0);
    await drain(client);
    // What waits may be due sooner than it was.
    if (client !== undefined) pump?.kick();
  };
  return {
    /** Applies one slice of what is due; like the next two for all, or for one client code. */
    step,
    /** Resolves when nothing more is due. */
    drain,
    advance,
    /** The same for all; where the emulator is driven by hand, only `drain` and `step` apply anything. */
    settle: async () => pump?.idle(),
    /** Work may be due: whoever drives the writer should look. */
    kick: () => pump?.kick(),
    ...appliedBy({ pump, reader, clocks }),
    /** A step has failed: nothing is applied any more. */
    isFailed: () => isFailed,
    /** No step is begun any more, and whoever waits for one is told: `closed`. */
    async close() {
      isClosed = true;
      await pump?.close();
    },
  };
}
