/** v2: creates what is missing, and what consecutive batches do to each other (rule 72). */
import type { Api, RuleId, Settings, VisitorIdKind } from '../vocabulary/index.ts';
import { type DecidingRule, documented } from './rule.ts';
import type { Existence } from './v1.ts';

/** What a write meets: the stored attributes of the profile, as far as rule 72 asks about them. */
export interface LayerFacts {
  readonly api: Api;
  readonly idKind: VisitorIdKind;
  readonly reading: Settings['consecutiveV2'];
  /** The profile still holds an attribute that this same batch wrote, in either layer. */
  readonly ownAttributes: boolean;
  /** ... and in the pending layer. */
  readonly ownPending: boolean;
  /** A visible attribute exists that this row does not write. */
  readonly leavesAttributes: boolean;
}

/** Where a write goes and what it takes away first. */
export interface LayerPlan {
  readonly layer: 'base' | 'pending';
  readonly drops: 'nothing' | 'pending' | 'everything';
  /** The three readings give different profiles here. */
  readonly readingsDiffer: boolean;
}

export const v2Upsert: DecidingRule<Existence> = {
  id: 'v2-upsert',
  statement: 'v2 updates existing profiles and creates one for any unknown pcId or thirdPartyId.',
  ...documented('BULK; METH', 'v2'),
  contradiction: 'SEGDOC says only at.js creates profiles: true of the single update, wrong for v2.',
  decide: (profileExists) => (profileExists ? 'updated' : 'created'),
};

/**
 * Which layer a write goes to and what it takes away first. Rows of one batch extend what that batch wrote; the first
 * row of a later one replaces, as far as the reading says. v1, the single update and v2 with pcId always merge.
 */
export const v2OverrideCaveat: DecidingRule<(facts: LayerFacts) => LayerPlan> = {
  id: 'v2-override-caveat',
  statement:
    'Consecutive v2 batches for the same thirdPartyIds, with no mbox call in between, override the properties the first batch updated.',
  ...documented('BULK; SLATE 63d66ab; METH older text; Q11', 'v2'),
  setting: 'consecutiveV2',
  contradiction: 'empty-ignored: what a row does not name is left alone.',
  note: 'R1 last-write-wins and R2 replace-record are the other readings of the sentence. Ours: R3 replace-pending is the default, and rows of one batch extend what that batch wrote.',
  decide({ api, idKind, reading, ownAttributes, ownPending, leavesAttributes }) {
    if (api === 'v1' || idKind === 'pcId') return MERGE_INTO_BASE;
    const readingsDiffer = !ownAttributes && leavesAttributes;
    const own = reading === 'replace-record' ? ownAttributes : ownPending;
    return { layer: 'pending', drops: own ? 'nothing' : DROPS[reading], readingsDiffer };
  },
};

/** What the first row of a later batch takes away. */
const DROPS = {
  'last-write-wins': 'nothing',
  'replace-record': 'everything',
  'replace-pending': 'pending',
} as const satisfies Record<Settings['consecutiveV2'], LayerPlan['drops']>;

/** v1-merge-keys, and what the single update and seeds do too. */
export const MERGE_INTO_BASE: LayerPlan = { layer: 'base', drops: 'nothing', readingsDiffer: false };

/** The rule in whose name a row of each version writes its attributes. */
export const MERGING_RULES = { v1: 'v1-merge-keys', v2: 'v2-upsert' } as const satisfies Record<Api, RuleId>;
