/** What sets the three ways to bring data apart whatever the file is; docs/customer-attributes.md has the same table. */
import type { RuleId } from '../protocol/vocabulary/index.ts';
import type { Trait } from './comparison.ts';

type Answer = readonly [says: string, rule: RuleId];

const trait = (question: string, v1: Answer, v2: Answer, customerAttributes: Answer): Trait => {
  const answer = ([says, rule]: Answer) => ({ says, rule });
  return { question, answers: { v1: answer(v1), v2: answer(v2), customerAttributes: answer(customerAttributes) } };
};

const both = (says: string, rule: RuleId): readonly [Answer, Answer] => [
  [says, rule],
  [says, rule],
];

export const TRAITS: readonly Trait[] = [
  trait('arrives', ...both('by HTTP POST', 'ca-transport'), ['as a file of a source', 'ca-transport']),
  trait(
    'an id nobody has seen',
    ['is not found', 'v1-update-only'],
    ['makes a profile', 'v2-upsert'],
    ['makes a record that waits', 'ca-creates'],
  ),
  trait('an empty cell', ...both('is ignored', 'empty-ignored'), ['removes', 'ca-null-removes']),
  trait('the id', ...both('a pcId or thirdPartyId', 'ca-ids'), ['a customer id under an alias', 'ca-ids']),
  trait('shared with Analytics', ...both('no', 'ca-sharing'), ['can be', 'ca-sharing']),
  trait('names in Target', ...both('profile.{name}', 'hdr-paramname-only'), [
    'crs.{source}.{name}',
    'ca-shows-audience',
  ]),
  trait('changed by pages', ...both('yes', 'sgl-params'), ['by files only', 'ca-page-readonly']),
];
