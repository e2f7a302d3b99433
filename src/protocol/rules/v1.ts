/** v1: updates existing profiles, attribute by attribute, and creates none. */
import { type DecidingRule, documented, inferred, type Rule } from './rule.ts';

/** What a version does with an id, by whether a profile for it exists. */
export type Existence = (profileExists: boolean) => 'updated' | 'created' | 'not-found';

export const v1UpdateOnly: DecidingRule<Existence> = {
  id: 'v1-update-only',
  statement: 'v1 never creates a profile; rows whose id has none are skipped.',
  ...documented('BULK; METH', 'v1'),
  contradiction: 'METH between 2021 and November 2023 said this of the whole bulk API.',
  decide: (profileExists) => (profileExists ? 'updated' : 'not-found'),
};

const v1MergeKeys: Rule = {
  id: 'v1-merge-keys',
  statement: 'A v1 row updates the attributes it names; the others of the existing profile remain.',
  ...inferred('TT-B with empty-ignored', 'v1'),
};

export const V1_RULES: readonly Rule[] = [
  v1UpdateOnly,
  {
    id: 'v1-notfound-count',
    statement: 'Rows whose id has no profile are counted in `profilesNotFound`.',
    ...documented('TT-B', 'v1', 'status'),
    note: 'Archived text; its sample (5 = 2 updated + 3 not found + 0 failed) is the only published one with misses.',
  },
  {
    id: 'v1-overall-status',
    statement: 'Where replies were per row, v1 still reported the batch as a whole and only v2 its rows.',
    ...documented('SLATE; BULK@af9db32', 'v1', 'status'),
    setting: 'statusShape',
    note: 'Superseded: since 2023-12-05 the page makes no difference. Decided by our-status-shape.',
  },
  v1MergeKeys,
];
