/** Time as an argument. Nothing outside this folder asks the machine what time it is. */

export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /**
   * Calls `wake` once when `now()` has reached `atMs`; the returned function takes it back. `isAwaited` says that a caller
   * waits for it: the process must live until then, if time passes by itself.
   */
  wakeAt(atMs: number, wake: () => void, isAwaited?: boolean): () => void;
}

/**
 * The machine's clock, in milliseconds since 1970, which never goes back: where the machine is set back, it goes on from
 * where it was, and what waits falls due after as long as it would have. Its timers keep the process alive only
 * for a caller that waits.
 *
 * @example
 * const emulator = await startEmulator({}, { clock: realClock() }); // as without
 */
export function realClock(): Clock {
  let aheadMs = 0;
  let latest = { toldMs: 0, runningMs: performance.now() };
  const now = () => {
    const machineMs = Date.now();
    const runningMs = performance.now();
    const atLeastMs = Math.floor(latest.toldMs + runningMs - latest.runningMs);
    // The two are read one after the other and rounded: only what is more was a jump.
    if (machineMs + aheadMs < atLeastMs - JUMP_MS_MIN) aheadMs = atLeastMs - machineMs;
    latest = { toldMs: Math.max(latest.toldMs, machineMs + aheadMs), runningMs };
    return latest.toldMs;
  };
  return {
    now,
    wakeAt(atMs, wake, isAwaited = false) {
      let timer: NodeJS.Timeout | undefined;
      const arm = () => {
        const delayMs = Math.min(Math.max(0, atMs - now()), HOP_MS_MAX);
        timer = setTimeout(() => (now() >= atMs ? wake() : arm()), delayMs);
        if (!isAwaited) timer.unref();
      };
      arm();
      return () => clearTimeout(timer);
    },
  };
}

/** Back by less is not told from rounding, and waited for. */
const JUMP_MS_MIN = 20;

/** A long wait is taken in hops: timers do not notice that the machine's clock was set on, or that it slept. */
const HOP_MS_MAX = 10_000;

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
