/** Time and chance of the uploader as arguments, with the machine's own as the default. */
import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds of a clock that never jumps back; its zero means nothing. */
  now(): number;
  /** Milliseconds since 1970, for what is written down and compared with other processes. Default: `now`. */
  epoch?(): number;
  /** Resolves after `ms`; rejects as soon as the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Monotonic, because waits and windows must survive a corrected wall clock. */
export function systemClock(): Clock {
  return {
    now: () => performance.now(),
    epoch: () => Date.now(),
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      // setTimeout's delay is a signed 32-bit number: a longer wait is taken in hops.
      for (let leftMs = ms; leftMs > 0; leftMs -= TIMER_MS_MAX)
        await setTimeout(Math.min(leftMs, TIMER_MS_MAX), undefined, signal && { signal });
    },
  };
}

export const epochMs = (clock: Clock): number => clock.epoch?.() ?? clock.now();

/** Uniform in [0, 1): jitter only. */
export const systemRandom = (): { next(): number } => ({ next: () => randomInt(2 ** 32) / 2 ** 32 });

export const TIMER_MS_MAX = 2 ** 31 - 1;
