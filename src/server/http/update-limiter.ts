/** Counts single updates of each client code by the hour, and asks the rule whether there may be another. */
import { hourOf, isOfDay, limSingleRate } from '../../protocol/rules/index.ts';
import type { Rejection } from '../../protocol/vocabulary/index.ts';
import { SINGLE_UPDATES_PER_DAY } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import type { RateLimiter } from './rate-limiter.ts';

/** Client codes remembered; when there are more, the one that was updated longest ago is forgotten. */
const CLIENTS_MAX = 10_000;

export interface UpdateLimiter extends Omit<RateLimiter, 'call'> {
  /** What a call would be refused for, which counts nothing. */
  ask(client: string, now: number, usedByOthers?: number, most?: number): Rejection | undefined;
  /** Counts this call, unless it is refused. So many of each day are spent by others. */
  call(client: string, now: number, usedByOthers?: number, most?: number): Rejection | undefined;
}

export function updateLimiter(): UpdateLimiter {
  /** By hour since 1970; the rule never looks at more than 24. */
  const calls = new BoundedMap<string, ReadonlyMap<number, number>>(CLIENTS_MAX);
  const ask: UpdateLimiter['ask'] = (client, now, usedByOthers = 0, most = SINGLE_UPDATES_PER_DAY) =>
    limSingleRate.decide(calls.get(client) ?? [], now, most - usedByOthers);
  return {
    ask,
    call(client, now, usedByOthers, most) {
      const refusal = ask(client, now, usedByOthers, most);
      if (refusal !== undefined) return refusal;
      const hour = hourOf(now);
      const kept = new Map([...(calls.get(client) ?? [])].filter(([each]) => isOfDay(each, now)));
      calls.set(client, kept.set(hour, (kept.get(hour) ?? 0) + 1));
      return undefined;
    },
    remember: () => calls.remember(),
    forget: (client) => calls.delete(client),
  };
}
