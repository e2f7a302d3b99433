/** Time as an argument. Nothing outside this folder asks the machine what time it is. */

export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Calls `wake` once when `now()` has reached `atMs`; the returned function takes it back. */
  wakeAt(atMs: number, wake: () => void): () => void;
}

/**
 * The machine's clock, in milliseconds since 1970. Its timers never keep the process alive.
 *
 * @example
 * const emulator = await startEmulator({}, { clock: realClock() }); // as without
 */
export function realClock(): Clock {
  return {
    now: () => Date.now(),
    wakeAt(atMs, wake) {
      // setTimeout's delay is a signed 32-bit number: a longer wait is taken in hops.
      let timer: NodeJS.Timeout | undefined;
      const arm = () => {
        const delayMs = Math.min(Math.max(0, atMs - Date.now()), 2 ** 31 - 1);
        timer = setTimeout(() => (Date.now() >= atMs ? wake() : arm()), delayMs);
        timer.unref();
      };
      arm();
      return () => clearTimeout(timer);
    },
  };
}

export interface VirtualClock extends Clock {
  /** Moves on by `ms`, waking what falls due, in order, each at its own time. */
  advance(ms: number): void;
  set(atMs: number): void;
}

/**
 * A clock that stands still until told: 24 hours pass in a millisecond. Begins at `startMs`, in milliseconds since 1970
 * (default: the first of January 2026, UTC).
 *
 * @example
 * const clock = virtualClock(Date.UTC(2030, 0, 1));
 * const emulator = await startEmulator({}, { clock });
 */
export function virtualClock(startMs = Date.UTC(2026, 0, 1)): VirtualClock {
  let nowMs = startMs;
  let waiting: { readonly atMs: number; readonly wake: () => void }[] = [];
  const set = (targetMs: number) => {
    for (;;) {
      const due = waiting.filter((entry) => entry.atMs <= targetMs).toSorted((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      waiting = waiting.filter((entry) => entry !== due);
      nowMs = Math.max(nowMs, due.atMs);
      due.wake();
    }
    nowMs = targetMs;
  };
  return {
    now: () => nowMs,
    wakeAt(atMs, wake) {
      const entry = { atMs, wake };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    advance: (ms) => set(nowMs + ms),
    set,
  };
}
