/** The rulebook: every rule once, and the ones that decide by name. */
import { AUTHENTICATION_RULES } from './authentication.ts';
import { CUSTOMER_ATTRIBUTE_RULES } from './customer-attributes.ts';
import { DELIVERY_RULES } from './delivery.ts';
import { EMPTY_VALUE_RULES } from './empty-values.ts';
import { ENCODING_RULES } from './encoding.ts';
import { ERROR_RULES } from './errors.ts';
import { factsAbout } from './facts.ts';
import { FETCH_RULES } from './fetch.ts';
import { HEADER_ROW_RULES } from './header-row.ts';
import { KEY_RULES } from './keys.ts';
import { LIFETIME_RULES } from './lifetime.ts';
import { LIMIT_RULES } from './limits.ts';
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

/** The rulebook's chapters, with the rules that decide something in the code. */
const DECIDING: readonly (readonly [title: string, rules: readonly Rule[]])[] = [
  ['Routing', ROUTING_RULES],
  ['Request format', REQUEST_FORMAT_RULES],
  ['Header row', HEADER_ROW_RULES],
  ['Keys', KEY_RULES],
  ['Encoding', ENCODING_RULES],
  ['Empty values', EMPTY_VALUE_RULES],
  ['v1', V1_RULES],
  ['v2', V2_RULES],
  ['Limits', LIMIT_RULES],
  ['Replies', REPLY_RULES],
  ['Status', STATUS_RULES],
  ['Errors', ERROR_RULES],
  ['Authentication', AUTHENTICATION_RULES],
  ['Single update', SINGLE_UPDATE_RULES],
  ['Profile fetch', FETCH_RULES],
  ['Delivery calls', DELIVERY_RULES],
  ['Delivery and merge', []],
  ['Lifetime', LIFETIME_RULES],
  ['Loss and latency', []],
  ['Customer attributes', CUSTOMER_ATTRIBUTE_RULES],
];

let chapters: readonly RuleSubject[] | undefined;

/** The rulebook: in each chapter what decides something, and then what is only known. Made when first asked for. */
export function ruleSubjects(): readonly RuleSubject[] {
  return (chapters ??= DECIDING.map(([title, rules]) => ({ title, rules: [...rules, ...factsAbout(title)] })));
}

/** All rules, chapter by chapter. */
export function allRules(): readonly Rule[] {
  return ruleSubjects().flatMap(({ rules }) => rules);
}

const BY_ID = new Map<string, Rule>(DECIDING.flatMap(([, rules]) => rules.map((rule) => [rule.id, rule] as const)));

/** The rule of this id; undefined where the rulebook has none. */
export function findRule(id: string): Rule | undefined {
  return BY_ID.get(id) ?? allRules().find((rule) => rule.id === id);
}

/** A rule's sentence, for messages; its id where the rulebook has no such rule. */
export function describeRule(id: string): string {
  return findRule(id)?.statement ?? id;
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
