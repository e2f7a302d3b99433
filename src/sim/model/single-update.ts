/** What the parameters of a single profile update say. */
import { SINGLE_UPDATE_GET_BYTES_MAX, SINGLE_UPDATE_POST_BYTES_MAX } from '../../protocol/vocabulary/index.ts';
import type { RuleId, VisitorId } from '../../protocol/vocabulary/index.ts';
import type { NamedValue } from './batch-file.ts';

export interface ModelUpdate {
  readonly id: VisitorId;
  readonly values: readonly NamedValue[];
  /** sgl-unencoded-values: something was said that is nobody's. */
  readonly hasStray: boolean;
}

/** Or the rule that refuses the call. */
export function readSingleUpdate(parameters: readonly (readonly [string, string])[]): ModelUpdate | RuleId {
  // sgl-unencoded-values: what is neither an id nor an attribute is nobody's.
  const hasStray = parameters.some(([name]) => !/^(mboxPC|mbox3rdPartyId|profile\..*)$/s.test(name));
  // empty-ignored; sgl-params: by either id; of one said twice, the last.
  const said = lastSaid(parameters.filter(([, value]) => value !== ''));
  // our-undecodable: what would be stored must be what UTF-8 can carry.
  const kept = [...said].filter(([name]) => /^(mboxPC|mbox3rdPartyId|profile\..+)$/s.test(name));
  if (kept.flat().some((text) => /\p{Surrogate}/u.test(text))) return 'our-undecodable';
  const [pcId, thirdPartyId] = [said.get('mboxPC'), said.get('mbox3rdPartyId')];
  // sgl-dotted-names: the name is everything after the first `profile.`
  const values = [...said].flatMap(([name, value]) => {
    const bare = /^profile\.(.+)$/s.exec(name)?.[1];
    return bare === undefined ? [] : [{ name: bare, value }];
  });
  // sgl-params: with both, the customer's.
  if (thirdPartyId !== undefined) return { id: { kind: 'thirdPartyId', value: thirdPartyId }, values, hasStray };
  return pcId === undefined ? 'sgl-params' : { id: { kind: 'pcId', value: pcId }, values, hasStray };
}

/** Of one said twice, the last, in its own place. */
export function lastSaid(parameters: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  const said = new Map<string, string>();
  for (const [name, value] of parameters) {
    said.delete(name);
    said.set(name, value);
  }
  return said;
}

/** lim-single-size: 8 KB with GET, 60 KB with POST. */
export function isTooLarge(method: 'GET' | 'POST', bytes: number): boolean {
  return bytes > (method === 'GET' ? SINGLE_UPDATE_GET_BYTES_MAX : SINGLE_UPDATE_POST_BYTES_MAX);
}
