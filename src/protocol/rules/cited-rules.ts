/** The rules that an explanation names, each once, with the sentence and where it stands. */
import type { RuleId } from '../vocabulary/index.ts';
import { findRule } from './index.ts';
import type { Rule } from './rule.ts';

export type CitedRule = Pick<Rule, 'id' | 'statement' | 'source' | 'confidence'>;

export function citedRules(ids: readonly (RuleId | undefined)[]): readonly CitedRule[] {
  return [...new Set(ids)].flatMap((id) => {
    const rule = id === undefined ? undefined : findRule(id);
    if (rule === undefined) return [];
    const { statement, source, confidence } = rule;
    return { id: rule.id, statement, source, confidence };
  });
}
