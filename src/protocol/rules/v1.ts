/** v1: updates existing profiles, attribute by attribute, and creates none. */
import { type DecidingRule, documented } from './rule.ts';

/** What a version does with an id, by whether a profile for it exists. */
export type Existence = (profileExists: boolean) => 'updated' | 'created' | 'not-found';

export const v1UpdateOnly: DecidingRule<Existence> = {
  id: 'v1-update-only',
  statement: 'v1 never creates a profile; rows whose id has none are skipped.',
  ...documented('BULK; METH', 'v1'),
  contradiction: 'METH between 2021 and November 2023 said this of the whole bulk API.',
  decide: (profileExists) => (profileExists ? 'updated' : 'not-found'),
};
