/** The clock of each client code: the emulator's, and ahead of it by what this client alone was told to let pass. */
import type { Clock } from './clock.ts';
import { checkedSpan, checkedTime } from './steered-clock.ts';

/** A client code's own view of time: moving it on moves nobody else's. */
export interface ClientClock extends Clock {
  /** Jumps on by `ms` (0 or more), applying nothing. */
  advance(ms: number): void;
}

export interface ClientClocks {
  /** Milliseconds; 0 for whoever has no clock of its own. */
  aheadMs(client: string | undefined): number;
  now(client: string): number;
  of(client: string): ClientClock;
  /** Those that are ahead, and by how much; undefined where nobody is. */
  ahead(): ClientsAhead | undefined;
  /** Of whoever is furthest ahead. */
  furthestMs(): number;
  /** Whether it may be moved on: at most `CLIENTS_AHEAD_MAX` are. */
  hasRoom(client: string): boolean;
  /** Back to the emulator's clock. */
  forget(client: string): void;
  remember(): () => void;
}

/** Milliseconds by client code. */
export type ClientsAhead = ReadonlyMap<string, number>;

/** An entry forgotten would set somebody's clock back, so that one too many is refused. */
export const CLIENTS_AHEAD_MAX = 10_000;

export function clientClocks(clock: Clock): ClientClocks {
  let ahead = new Map<string, number>();
  /** What waits on somebody's clock: waits anew on the emulator's, or is over, when that one is moved on. */
  const waiting = new Set<{ readonly moved: () => void }>();
  const aheadMs = (client: string | undefined) => (client === undefined ? 0 : (ahead.get(client) ?? 0));
  const now = (client: string) => clock.now() + aheadMs(client);
  const hasRoom = (client: string) => ahead.has(client) || ahead.size < CLIENTS_AHEAD_MAX;
  const moved = () => {
    for (const wait of waiting) wait.moved();
  };
  return {
    aheadMs,
    now,
    of: (client) => ({
      now: () => now(client),
      wakeAt(atMs, wake, isAwaited) {
        const done = () => {
          waiting.delete(entry);
          wake();
        };
        const arm = () => clock.wakeAt(atMs - aheadMs(client), done, isAwaited);
        let takeBack = arm();
        const entry = {
          moved() {
            takeBack();
            if (now(client) >= atMs) done();
            else takeBack = arm();
          },
        };
        waiting.add(entry);
        return () => {
          waiting.delete(entry);
          takeBack();
        };
      },
      advance(ms) {
        checkedTime(now(client) + checkedSpan(ms));
        if (ms === 0) return;
        if (!hasRoom(client))
          throw new RangeError(`${CLIENTS_AHEAD_MAX} client codes have a clock of their own: drop some of them first.`);
        ahead.set(client, aheadMs(client) + ms);
        moved();
      },
    }),
    ahead: () => (ahead.size === 0 ? undefined : ahead),
    furthestMs: () => Math.max(0, ...ahead.values()),
    hasRoom,
    forget(client) {
      if (ahead.delete(client)) moved();
    },
    remember() {
      const kept = new Map(ahead);
      return () => {
        ahead = new Map(kept);
        moved();
      };
    },
  };
}
