/** Waits on clocks that whoever closes can end: on one that stands still they would last for ever. */
import type { Clock } from './clock.ts';

export interface Waits {
  /** Resolves when `ms` have passed on that clock, `signal` aborts, or `end()` is called. */
  sleep(ms: number, clock: Clock, signal?: AbortSignal): Promise<void>;
  /** All waits are over, and those still to come. Idempotent. */
  end(): void;
}

export function clockWaits(): Waits {
  const open = new Set<() => void>();
  let isEnded = false;
  return {
    sleep(ms, clock, signal) {
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
    end() {
      isEnded = true;
      for (const done of open) done();
    },
  };
}
