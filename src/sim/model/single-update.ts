/** What the parameters of a single profile update say. */
import { SINGLE_UPDATE_GET_BYTES_MAX, SINGLE_UPDATE_POST_BYTES_MAX } from '../../protocol/vocabulary/index.ts';
import type { VisitorId } from '../../protocol/vocabulary/index.ts';
import type { NamedValue } from './batch-file.ts';

export interface ModelUpdate {
  readonly id: VisitorId;
  readonly values: readonly NamedValue[];
  /** sgl-unencoded-values: something was said that is nobody's. */
  readonly hasStray: boolean;
}

/** Undefined where nobody is named: such a call is refused. */
export function readSingleUpdate(parameters: readonly (readonly [string, string])[]): ModelUpdate | undefined {
  let pcId: string | undefined;
  let thirdPartyId: string | undefined;
  const values = new Map<string, string>();
  let hasStray = false;
  for (const [name, value] of parameters) {
    const isNobodys = !/^profile\../s.test(name) && name !== 'mboxPC' && name !== 'mbox3rdPartyId';
    if (isNobodys) hasStray = true;
    if (value === '') continue; // empty-ignored
    // sgl-params: by either id; of one said twice, the last.
    if (name === 'mboxPC') pcId = value;
    else if (name === 'mbox3rdPartyId') thirdPartyId = value;
    // sgl-dotted-names: the name is everything after the first `profile.`; sgl-unencoded-values: the rest is nobody's.
    else if (name.startsWith('profile.') && name !== 'profile.') {
      values.delete(name.slice('profile.'.length));
      values.set(name.slice('profile.'.length), value);
    }
  }
  if (pcId === undefined && thirdPartyId === undefined) return undefined;
  // sgl-params: with both, the customer's.
  const id: VisitorId =
    thirdPartyId === undefined ? { kind: 'pcId', value: pcId! } : { kind: 'thirdPartyId', value: thirdPartyId };
  return { id, values: [...values].map(([name, value]) => ({ name, value })), hasStray };
}

/** lim-single-size: 8 KB with GET, 60 KB with POST. */
export function isTooLarge(method: 'GET' | 'POST', bytes: number): boolean {
  return bytes > (method === 'GET' ? SINGLE_UPDATE_GET_BYTES_MAX : SINGLE_UPDATE_POST_BYTES_MAX);
}
