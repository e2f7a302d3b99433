/** UTF-8 cannot carry half a surrogate pair: what comes as a JavaScript string is made storable before it is compared. */
import { ourLocationHint } from '../../protocol/rules/keys.ts';
import type { KnownId, Settings } from '../../protocol/vocabulary/index.ts';

export const wellFormed = (text: string): string => text.toWellFormed();

/** What a profile is stored under: for ids that come from elsewhere than a batch file, which was UTF-8 to begin with. */
export function identityOf({ kind, value }: KnownId, { locationHint }: Settings): string {
  return ourLocationHint.decide(kind, wellFormed(value), locationHint);
}

export const storedId = (id: KnownId, settings: Settings): KnownId => ({
  kind: id.kind,
  value: identityOf(id, settings),
});
