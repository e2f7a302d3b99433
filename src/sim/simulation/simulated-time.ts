/** Time that moves only when every activity waits, and wakes one sleeper at a time: whatever runs, runs in one order. */

export type SimulatedTime = ReturnType<typeof simulatedTime>;

/** A virtual clock to the emulator, so that each of its waits is a sleeper of its own here. */
export function simulatedTime(startMs = Date.UTC(2026, 0, 1)) {
  let nowMs = startMs;
  let running = 0;
  let settling = Promise.withResolvers<void>();
  /** In the order they fell asleep. */
  const sleepers = new Set<{ readonly atMs: number; readonly wake: () => void }>();

  const stopRunning = () => {
    running -= 1;
    if (running > 0) return;
    settling.resolve();
    settling = Promise.withResolvers<void>();
  };
  /** Resolves when every activity has ended or waits on this clock. */
  const settled = () => (running === 0 ? Promise.resolve() : settling.promise);
  /** Of those due at the same time the first that fell asleep. */
  const next = () => {
    const [first, ...others] = sleepers;
    return first && others.reduce((soonest, one) => (one.atMs < soonest.atMs ? one : soonest), first);
  };
  const wakeAt = (atMs: number, wake: () => void) => {
    const sleeper = { atMs, wake };
    sleepers.add(sleeper);
    stopRunning();
    return () => {
      // Taken back before its time: the sleeper goes on.
      if (sleepers.delete(sleeper)) running += 1;
    };
  };
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      signal?.throwIfAborted();
      if (ms <= 0) return resolve();
      const onAbort = () => {
        takeBack();
        reject(signal!.reason as Error);
      };
      const takeBack = wakeAt(nowMs + ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });

  return {
    now: () => nowMs,
    wakeAt,
    sleep,
    /** Runs an activity beside the others. It must wait on nothing for long but this clock. */
    start(activity: () => Promise<void>): void {
      running += 1;
      void activity().finally(stopRunning);
    },
    settled,
    /** When the next sleeper is due; undefined where there is none. */
    nextAt: () => next()?.atMs,
    /** Moves on to the next sleeper, wakes it, and resolves when all is settled again. */
    async wakeNext(): Promise<void> {
      const first = next();
      if (first === undefined) return;
      sleepers.delete(first);
      nowMs = Math.max(nowMs, first.atMs);
      running += 1;
      first.wake();
      await settled();
    },
    /** Moves on; no sleeper may be due before. */
    set(atMs: number): void {
      nowMs = Math.max(nowMs, atMs);
    },
    advance(ms: number): void {
      nowMs += ms;
    },
  };
}
