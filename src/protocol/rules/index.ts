/** The rulebook: every rule once, and the ones that decide by name. */
import { CATALOGUE_RULE_IDS, OUR_RULE_IDS, type RuleId } from '../vocabulary/index.ts';
import { AUTHENTICATION_RULES } from './authentication.ts';
import { CUSTOMER_ATTRIBUTE_RULES } from './customer-attributes.ts';
import { DELIVERY_RULES } from './delivery.ts';
import { DELIVERY_AND_MERGE_RULES } from './delivery-and-merge.ts';
import { EMPTY_VALUE_RULES } from './empty-values.ts';
import { ENCODING_RULES } from './encoding.ts';
import { ERROR_RULES } from './errors.ts';
import { FETCH_RULES } from './fetch.ts';
import { HEADER_ROW_RULES } from './header-row.ts';
import { KEY_RULES } from './keys.ts';
import { LIFETIME_RULES } from './lifetime.ts';
import { LIMIT_RULES } from './limits.ts';
import { LOSS_AND_LATENCY_RULES } from './loss-and-latency.ts';
import { REPLY_RULES } from './replies.ts';
import { REQUEST_FORMAT_RULES } from './request-format.ts';
import { ROUTING_RULES } from './routing.ts';
import type { Rule } from './rule.ts';
import { SINGLE_UPDATE_RULES } from './single-update.ts';
import { STATUS_RULES } from './status.ts';
import { V1_RULES } from './v1.ts';
import { V2_RULES } from './v2.ts';

export interface RuleSubject {
  readonly title: string;
  readonly rules: readonly Rule[];
}

/** The rulebook's chapters. */
export const RULE_SUBJECTS: readonly RuleSubject[] = [
  { title: 'Routing', rules: ROUTING_RULES },
  { title: 'Request format', rules: REQUEST_FORMAT_RULES },
  { title: 'Header row', rules: HEADER_ROW_RULES },
  { title: 'Keys', rules: KEY_RULES },
  { title: 'Encoding', rules: ENCODING_RULES },
  { title: 'Empty values', rules: EMPTY_VALUE_RULES },
  { title: 'v1', rules: V1_RULES },
  { title: 'v2', rules: V2_RULES },
  { title: 'Limits', rules: LIMIT_RULES },
  { title: 'Replies', rules: REPLY_RULES },
  { title: 'Status', rules: STATUS_RULES },
  { title: 'Errors', rules: ERROR_RULES },
  { title: 'Authentication', rules: AUTHENTICATION_RULES },
  { title: 'Single update', rules: SINGLE_UPDATE_RULES },
  { title: 'Profile fetch', rules: FETCH_RULES },
  { title: 'Delivery calls', rules: DELIVERY_RULES },
  { title: 'Delivery and merge', rules: DELIVERY_AND_MERGE_RULES },
  { title: 'Lifetime', rules: LIFETIME_RULES },
  { title: 'Loss and latency', rules: LOSS_AND_LATENCY_RULES },
  { title: 'Customer attributes', rules: CUSTOMER_ATTRIBUTE_RULES },
];

const ORDER = new Map<RuleId, number>([...CATALOGUE_RULE_IDS, ...OUR_RULE_IDS].map((id, index) => [id, index]));

/** All rules, in the order of the catalogue and then ours. */
export const RULES: readonly Rule[] = RULE_SUBJECTS.flatMap((subject) => subject.rules).toSorted(
  (a, b) => ORDER.get(a.id)! - ORDER.get(b.id)!,
);

const BY_ID = new Map<string, Rule>(RULES.map((rule) => [rule.id, rule]));

/** The rule of this id; undefined where the rulebook has none. */
export function findRule(id: string): Rule | undefined {
  return BY_ID.get(id);
}

/** A rule's sentence, for messages; its id where the rulebook has no such rule. */
export function describeRule(id: RuleId): string {
  return BY_ID.get(id)?.statement ?? id;
}

/** Whether something is decided in this rule's name. */
export function decides(rule: Rule): boolean {
  return 'decide' in rule;
}

export * from './rule.ts';
export * from './customer-attributes.ts';
export * from './routing.ts';
export * from './request-format.ts';
export * from './header-row.ts';
export * from './keys.ts';
export * from './encoding.ts';
export * from './empty-values.ts';
export * from './v1.ts';
export * from './v2.ts';
export * from './limits.ts';
export * from './replies.ts';
export * from './status.ts';
export * from './errors.ts';
export * from './authentication.ts';
export * from './single-update.ts';
export * from './fetch.ts';
export * from './delivery.ts';
export * from './lifetime.ts';
export * from './loss-and-latency.ts';
