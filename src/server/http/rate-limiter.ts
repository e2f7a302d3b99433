/** Counts calls for each caller, as far back as the rule looks, and asks the rule whether there may be another. */
import { errRate503, limCallsMin, limCallsPerUser, ourRateWindow } from '../../protocol/rules/index.ts';
import { CALLS_PER_MINUTE_MAX } from '../../protocol/vocabulary/index.ts';
import type { Rejection } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import type { EmulatorContext } from './emulator-env.ts';
import { senderOf } from './guards.ts';
import type { ResolvedClient } from './resolve-client.ts';
import type { Services } from './services.ts';

/** Callers remembered; when there are more, the one that called longest ago is forgotten. */
const RATED_CLIENTS_MAX = 10_000;

/** Counts the call where the account limits such calls; the refusal where it is one too many. */
export function tooManyCalls(
  services: Pick<Services, 'rateLimiter' | 'clock' | 'clocks'>,
  c: EmulatorContext,
  { client, settings }: ResolvedClient,
  call: 'submission' | 'status',
): Rejection | undefined {
  if (!limCallsMin.decide(settings.rateLimit, call)) return undefined;
  const caller = limCallsPerUser.decide(settings.rateKey, { client, sender: senderOf(c) });
  // A sender speaks for many client codes, and lives by the clock of all.
  const now = settings.rateKey === 'client' ? services.clocks.now(client) : services.clock.now();
  return services.rateLimiter.call(caller, now);
}

export interface RateLimiter {
  /** Counts this call, unless it is refused. So many of each minute are spent by others. */
  call(caller: string, now: number, usedByOthers?: number): Rejection | undefined;
  forget(caller: string): void;
  /** Remembers every count; the returned function puts them back. */
  remember(): () => void;
}

export function rateLimiter(clientsMax = RATED_CLIENTS_MAX): RateLimiter {
  const callTimes = new BoundedMap<string, readonly number[]>(clientsMax);
  return {
    call(caller, now, usedByOthers = 0) {
      const times = callTimes.get(caller) ?? [];
      const refusal = errRate503.decide(
        ourRateWindow.decide([...times, ...Array<number>(usedByOthers).fill(now)], now),
      );
      if (refusal !== undefined) return refusal;
      // The rule never needs to see more than these.
      callTimes.set(caller, [...times, now].slice(-CALLS_PER_MINUTE_MAX));
      return undefined;
    },
    remember: () => callTimes.remember(),
    forget: (caller) => callTimes.delete(caller),
  };
}
