/** Waits on clocks that whoever closes can end, since on one that stands still they would last for ever; and a beat of real time. */
import { type Clock, realClock } from './clock.ts';

export type Waits = ReturnType<typeof clockWaits>;

export function clockWaits() {
  const open = new Set<() => void>();
  let isEnded = false;
  return {
    /** Resolves when `ms` have passed on that clock, `signal` aborts, or `end()` is called. */
    sleep(ms: number, clock: Clock, signal?: AbortSignal): Promise<void> {
      if (isEnded || ms <= 0 || signal?.aborted === true) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          takeBack();
          open.delete(done);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const takeBack = clock.wakeAt(clock.now() + ms, done, true);
        open.add(done);
        signal?.addEventListener('abort', done, { once: true });
      });
    },
    /** All waits are over, and those still to come. Idempotent. */
    end(): void {
      isEnded = true;
      for (const done of open) done();
    },
  };
}

/** Resolves when `awaited` does, or after so many milliseconds of the machine's clock. */
export async function atMost(ms: number, awaited: Promise<unknown>): Promise<void> {
  const waits = clockWaits();
  await Promise.race([awaited, waits.sleep(ms, realClock())]);
  waits.end();
}

/** Calls `beat` every `ms` milliseconds, and keeps no process alive for it; the returned function ends that. */
export function every(ms: number, beat: () => void): () => void {
  const timer = setInterval(beat, ms).unref();
  return () => clearInterval(timer);
}
