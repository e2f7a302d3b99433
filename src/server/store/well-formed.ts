/** UTF-8 cannot carry half a surrogate pair: what comes as a JavaScript string is made storable before it is compared. */
import type { StoreRules } from './store-rules.ts';

export function wellFormed(text: string): string {
  return LONE_SURROGATE.test(text) ? text.replace(LONE_SURROGATES, '\uFFFD') : text;
}

/** For ids that come from elsewhere than a batch file, which was UTF-8 to begin with. */
export function wellFormedIdentity(identity: StoreRules['identity']): StoreRules['identity'] {
  return (kind, id, reading) => identity(kind, wellFormed(id), reading);
}

const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;
