/** Counts calls for each client, as far back as the rule looks, and asks the rule whether there may be another. */
import { errRate503, ourRateWindow } from '../../protocol/rules/index.ts';
import { CALLS_PER_MINUTE_MAX } from '../../protocol/vocabulary/index.ts';
import type { ClientCode, Rejection } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';

/** Clients remembered; when there are more, the one that called longest ago is forgotten. */
const RATED_CLIENTS_MAX = 10_000;

export interface RateLimiter {
  /** Counts this call, unless it is refused. So many of each minute are spent by others. */
  call(client: ClientCode, now: number, usedByOthers?: number): Rejection | undefined;
  forget(client: ClientCode): void;
  /** Remembers every count; the returned function puts them back. */
  remember(): () => void;
}

export function rateLimiter(clientsMax = RATED_CLIENTS_MAX): RateLimiter {
  const callTimes = new BoundedMap<ClientCode, readonly number[]>(clientsMax);
  return {
    call(client, now, usedByOthers = 0) {
      const times = callTimes.get(client) ?? [];
      const refusal = errRate503.decide(
        ourRateWindow.decide([...times, ...Array<number>(usedByOthers).fill(now)], now),
      );
      if (refusal !== undefined) return refusal;
      // The rule never needs to see more than these.
      callTimes.set(client, [...times, now].slice(-CALLS_PER_MINUTE_MAX));
      return undefined;
    },
    remember: () => callTimes.remember(),
    forget: (client) => callTimes.delete(client),
  };
}
