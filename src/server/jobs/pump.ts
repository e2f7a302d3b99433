/** Keeps a writer stepping while batches are due, and sleeps on the clock until the next one is. */
import type { BatchId } from '../../protocol/vocabulary/index.ts';
import { closedError, mayPass } from '../runtime/emulator-error.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Writer } from '../store/store.ts';

export type Pump = ReturnType<typeof createPump>;

/** `onFailure`: a step threw, by our own bug or a broken store. The pump has stopped for good. */
export function createPump(writer: Pick<Writer, 'step'>, clock: Clock, onFailure: (error: unknown) => void) {
  let state: 'open' | 'closed' | 'failed' = 'open';
  let failure: unknown;
  let isKicked = false;
  /** The steps under way, one after the other; undefined while the pump sleeps. */
  let running: Promise<void> | undefined;
  let cancelWake: (() => void) | undefined;
  /** Told after each step. */
  let watching: ((completed?: readonly BatchId[]) => void)[] = [];
  const tell = (completed?: readonly BatchId[]) => {
    const told = watching;
    watching = [];
    for (const done of told) done(completed);
  };

  const kick = () => {
    isKicked = true;
    if (state === 'open' && running === undefined) running = run();
  };

  const run = async (): Promise<void> => {
    cancelWake?.();
    cancelWake = undefined;
    try {
      await stepWhileDue();
      failure = undefined;
    } catch (error) {
      failure = error;
      if (mayPass(error)) {
        // Told by the writer, and tried again: a second later, or with the next kick.
        if (state === 'open') cancelWake = clock.wakeAt(clock.now() + RETRY_MS, kick);
      } else {
        state = 'failed';
        onFailure(error);
      }
    } finally {
      running = undefined;
      tell();
      // A kick that came after the last look and before this line.
      if (isKicked) kick();
    }
  };

  const stepWhileDue = async (): Promise<void> => {
    let isMore = true;
    while (isMore || isKicked) {
      // Requests get their turn between steps, and the reply to a submission leaves before its rows are applied.
      await nextTurnOfTheLoop();
      if (state !== 'open') return;
      isKicked = false;
      const result = await writer.step(clock.now());
      isMore = result.more;
      tell(result.completed);
      if (!isMore && !isKicked && state === 'open' && result.nextDueAt !== undefined) {
        cancelWake = clock.wakeAt(result.nextDueAt, kick);
      }
    }
  };

  return {
    /** Something may be due: a batch was accepted or released, a client dropped. Never runs a step before it returns. */
    kick,
    /** Whether a step is under way or about to begin: nothing is due while the pump sleeps. */
    isRunning: () => running !== undefined,
    /** Since `close()` was called. */
    isClosed: () => state === 'closed',
    /** Resolves after that step to the batches it ended; undefined where there was none. */
    nextStep: () =>
      new Promise<readonly BatchId[] | undefined>((resolve) =>
        running === undefined ? resolve(undefined) : watching.push(resolve),
      ),
    /** Resolves when nothing is due any more; rejects with what stopped the pump, what may pass and has not yet, or `closed`. */
    async idle() {
      kick();
      while (running !== undefined) await running;
      if (failure !== undefined) throw failure;
      if (state === 'closed') throw closedError();
    },
    /** No step is begun any more; resolves when the one under way has ended. */
    async close() {
      if (state === 'open') state = 'closed';
      cancelWake?.();
      cancelWake = undefined;
      await running;
    },
  };
}

/** After a step that threw what may pass. */
const RETRY_MS = 1_000;

const nextTurnOfTheLoop = () => new Promise<void>((resolve) => setImmediate(resolve));
