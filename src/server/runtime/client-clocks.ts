/** The clock of each client code: the emulator's, and ahead of it by what this client alone was told to let pass. */
import type { Clock } from './clock.ts';
import { shiftedClocks } from './shifted-clock.ts';
import { checkedSpan, checkedTime } from './steered-clock.ts';

/** A client code's own view of time: moving it on moves nobody else's. */
export interface ClientClock extends Clock {
  /** Jumps on by `ms` (0 or more), applying nothing. */
  advance(ms: number): void;
}

export type ClientClocks = ReturnType<typeof clientClocks>;

/** Milliseconds by client code. */
export type ClientsAhead = ReadonlyMap<string, number>;

/** An entry forgotten would set somebody's clock back, so that one too many is refused. */
export const CLIENTS_AHEAD_MAX = 10_000;

export function clientClocks(clock: Clock) {
  let ahead = new Map<string, number>();
  const aheadMs = (client: string | undefined) => (client === undefined ? 0 : (ahead.get(client) ?? 0));
  const now = (client: string) => clock.now() + aheadMs(client);
  const hasRoom = (client: string) => ahead.has(client) || ahead.size < CLIENTS_AHEAD_MAX;
  const { clock: shifted, moved } = shiftedClocks(clock);
  return {
    /** 0 for whoever has no clock of its own. */
    aheadMs,
    now,
    of: (client: string): ClientClock => ({
      ...shifted(
        () => now(client),
        (atMs) => atMs - aheadMs(client),
      ),
      advance(ms) {
        checkedTime(now(client) + checkedSpan(ms));
        if (ms === 0) return;
        if (!hasRoom(client))
          throw new RangeError(`${CLIENTS_AHEAD_MAX} client codes have a clock of their own: drop some of them first.`);
        ahead.set(client, aheadMs(client) + ms);
        moved();
      },
    }),
    /** Those that are ahead; undefined where nobody is. */
    ahead: (): ClientsAhead | undefined => (ahead.size === 0 ? undefined : ahead),
    /** Of whoever is furthest ahead. */
    furthestMs: () => Math.max(0, ...ahead.values()),
    /** Whether it may be moved on. */
    hasRoom,
    /** Back to the emulator's clock. */
    forget(client: string) {
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
