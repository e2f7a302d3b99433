/** Clocks that show another one shifted: what waits on them waits anew, or is over, when the shift has changed. */
import type { Clock } from './clock.ts';

export function shiftedClocks(base: Clock) {
  const waiting = new Set<{ readonly atMs: number; readonly moved: () => void }>();
  return {
    /** `baseAt` says when the other clock will have led there; undefined while this one stands. */
    clock: (now: () => number, baseAt: (atMs: number) => number | undefined): Clock => ({
      now,
      wakeAt(atMs, wake, isAwaited) {
        const done = () => {
          waiting.delete(entry);
          wake();
        };
        const arm = () => {
          const at = baseAt(atMs);
          return at === undefined ? undefined : base.wakeAt(at, done, isAwaited);
        };
        let takeBack = arm();
        const moved = () => {
          takeBack?.();
          if (now() >= atMs) done();
          else takeBack = arm();
        };
        const entry = { atMs, moved };
        waiting.add(entry);
        return () => {
          waiting.delete(entry);
          takeBack?.();
        };
      },
    }),
    /** What is due is woken in the order of its times. */
    moved(): void {
      for (const entry of [...waiting].toSorted((a, b) => a.atMs - b.atMs)) if (waiting.has(entry)) entry.moved();
    },
  };
}
