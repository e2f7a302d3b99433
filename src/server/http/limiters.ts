/** Counts calls of each caller, as far back as a rule looks, and asks the rule whether there may be another. */
import {
  errRate503,
  hourOf,
  isOfDay,
  limCallsMin,
  limCallsPerUser,
  limSingleRate,
  ourRateWindow,
} from '../../protocol/rules/index.ts';
import { CALLS_PER_MINUTE_MAX, type Rejection, SINGLE_UPDATES_PER_DAY } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import type { EmulatorContext } from './emulator-env.ts';
import { senderOf } from './guards.ts';
import type { ResolvedClient } from './resolve-client.ts';
import type { Services } from './services.ts';

export type Limiter = ReturnType<typeof rateLimiter>;

/** Callers remembered; when there are more, the one that called longest ago is forgotten. */
const CALLERS_MAX = 10_000;

function limiter<Calls>(
  none: Calls,
  refusal: (calls: Calls, now: number, usedByOthers: number, most?: number) => Rejection | undefined,
  counted: (calls: Calls, now: number) => Calls,
  callersMax = CALLERS_MAX,
) {
  const calls = new BoundedMap<string, Calls>(callersMax);
  /** So many of each minute, or day, are spent by others. */
  const ask = (caller: string, now: number, usedByOthers = 0, most?: number) =>
    refusal(calls.get(caller) ?? none, now, usedByOthers, most);
  return {
    /** What a call would be refused for, which counts nothing. */
    ask,
    /** Counts this call, unless it is refused. */
    call(caller: string, now: number, usedByOthers?: number, most?: number): Rejection | undefined {
      const refused = ask(caller, now, usedByOthers, most);
      if (refused === undefined) calls.set(caller, counted(calls.get(caller) ?? none, now));
      return refused;
    },
    forget: (caller: string) => calls.delete(caller),
    /** Remembers every count; the returned function puts them back. */
    remember: () => calls.remember(),
  };
}

/** By the times of calls: the rule never needs to see more than are allowed. */
export const rateLimiter = (callersMax?: number) =>
  limiter<readonly number[]>(
    [],
    (times, now, usedByOthers) =>
      errRate503.decide(ourRateWindow.decide([...times, ...Array<number>(usedByOthers).fill(now)], now)),
    (times, now) => [...times, now].slice(-CALLS_PER_MINUTE_MAX),
    callersMax,
  );

/** By hour since 1970; the rule never looks at more than 24. */
export const updateLimiter = () =>
  limiter<ReadonlyMap<number, number>>(
    new Map(),
    (hours, now, usedByOthers, most = SINGLE_UPDATES_PER_DAY) => limSingleRate.decide(hours, now, most - usedByOthers),
    (hours, now) => {
      const hour = hourOf(now);
      const kept = new Map([...hours].filter(([each]) => isOfDay(each, now)));
      return kept.set(hour, (kept.get(hour) ?? 0) + 1);
    },
  );

/** Counts the call where the account limits such calls; the refusal where it is one too many. */
export function tooManyCalls(
  { rateLimiter: calls, clock, clocks }: Services,
  c: EmulatorContext,
  { client, settings }: ResolvedClient,
  call: 'submission' | 'status',
): Rejection | undefined {
  if (!limCallsMin.decide(settings.rateLimit, call)) return undefined;
  const caller = limCallsPerUser.decide(settings.rateKey, { client, sender: senderOf(c) });
  // A sender speaks for many client codes, and lives by the clock of all.
  return calls.call(caller, settings.rateKey === 'client' ? clocks.now(client) : clock.now());
}
