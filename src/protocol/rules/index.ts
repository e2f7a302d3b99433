/** The rulebook: every rule once, and the ones that decide by name. */
import * as authentication from './authentication.ts';
import * as customerAttributes from './customer-attributes.ts';
import * as delivery from './delivery.ts';
import * as emptyValues from './empty-values.ts';
import * as encoding from './encoding.ts';
import * as errors from './errors.ts';
import { RULE_IDS, type RuleId } from '../vocabulary/index.ts';
import { factsAbout } from './facts.ts';
import * as fetch from './fetch.ts';
import * as headerRow from './header-row.ts';
import * as keys from './keys.ts';
import * as lifetime from './lifetime.ts';
import * as limits from './limits.ts';
import * as replies from './replies.ts';
import * as requestFormat from './request-format.ts';
import * as routing from './routing.ts';
import type { Rule } from './rule.ts';
import * as singleUpdate from './single-update.ts';
import * as status from './status.ts';
import * as v1 from './v1.ts';
import * as v2 from './v2.ts';

export interface RuleSubject {
  readonly title: string;
  readonly rules: readonly Rule[];
}

/** The rulebook's chapters, each with the file whose rules decide something in the code. */
const CHAPTERS: readonly (readonly [title: string, file: object])[] = [
  ['Routing', routing],
  ['Request format', requestFormat],
  ['Header row', headerRow],
  ['Keys', keys],
  ['Encoding', encoding],
  ['Empty values', emptyValues],
  ['v1', v1],
  ['v2', v2],
  ['Limits', limits],
  ['Replies', replies],
  ['Status', status],
  ['Errors', errors],
  ['Authentication', authentication],
  ['Single update', singleUpdate],
  ['Profile fetch', fetch],
  ['Delivery calls', delivery],
  ['Delivery and merge', {}],
  ['Lifetime', lifetime],
  ['Loss and latency', {}],
  ['Customer attributes', customerAttributes],
];

/** What a file exports of rules, in the order of their ids. */
const DECIDING = CHAPTERS.map(([title, file]): RuleSubject => {
  const rules = Object.values(file).filter(isRule);
  return { title, rules: rules.toSorted((one, other) => RULE_IDS.indexOf(one.id) - RULE_IDS.indexOf(other.id)) };
});

function isRule(exported: unknown): exported is Rule {
  return typeof exported === 'object' && exported !== null && 'statement' in exported;
}

let chapters: readonly RuleSubject[] | undefined;

/** The rulebook: in each chapter what decides something, and then what is only known. Made when first asked for. */
export function ruleSubjects(): readonly RuleSubject[] {
  return (chapters ??= DECIDING.map(({ title, rules }) => ({ title, rules: [...rules, ...factsAbout(title)] })));
}

/** All rules, chapter by chapter. */
export function allRules(): readonly Rule[] {
  return ruleSubjects().flatMap(({ rules }) => rules);
}

const BY_ID = new Map<string, Rule>(DECIDING.flatMap(({ rules }) => rules.map((rule) => [rule.id, rule] as const)));

/** The rule of this id; undefined where the rulebook has none. */
export function findRule(id: string): Rule | undefined {
  return BY_ID.get(id) ?? allRules().find((rule) => rule.id === id);
}

/** A rule's sentence, for messages; its id where the rulebook has no such rule. */
export function describeRule(id: string): string {
  return findRule(id)?.statement ?? id;
}

export type CitedRule = Pick<Rule, 'id' | 'statement' | 'source' | 'confidence'>;

/** The rules that an explanation names, each once, with the sentence and where it stands. */
export function citedRules(ids: readonly (RuleId | undefined)[]): readonly CitedRule[] {
  const found = [...new Set(ids)].flatMap((id) => (id && findRule(id)) ?? []);
  return found.map(({ id, statement, source, confidence }) => ({ id, statement, source, confidence }));
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
