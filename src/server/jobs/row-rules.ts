/** The rules a store is given to ask: for the rows of a batch by its version, and for what is written outside of batches. */
import { ourLocationHint } from '../../protocol/rules/keys.ts';
import { life14d, ourLifetimeTouch } from '../../protocol/rules/lifetime.ts';
import { lim64kEvict } from '../../protocol/rules/limits.ts';
import { v1UpdateOnly } from '../../protocol/rules/v1.ts';
import { v2OverrideCaveat, v2Upsert } from '../../protocol/rules/v2.ts';
import type { Api } from '../../protocol/vocabulary/index.ts';
import type { StoreRules } from '../store/store-rules.ts';
import type { RowRules } from '../store/sync-store.ts';

export function rowRules(api: Api): RowRules {
  return {
    existence: api === 'v1' ? v1UpdateOnly.decide : v2Upsert.decide,
    layer: v2OverrideCaveat.decide,
    evictions: lim64kEvict.decide,
    expired: life14d.decide,
  };
}

export const storeRules: StoreRules = {
  evictions: lim64kEvict.decide,
  expired: life14d.decide,
  identity: ourLocationHint.decide,
  restartsLifetime: ourLifetimeTouch.decide,
};
