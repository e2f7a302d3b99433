/** `tpe rules`: the rulebook, whole or one rule. */
import { z } from 'zod';
import { allRules, type Rule } from '../../protocol/rules/index.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { linesText } from '../printable.ts';
import { Problem } from '../problem.ts';
import { openLinks } from '../rules-cited.ts';
import { similar } from '../similar.ts';
import { renderTable } from '../table.ts';

export const rulesCommand = defineCommand({
  name: 'rules',
  description: 'print the rules of the API as the emulator knows them',
  schema: z.strictObject({
    rule: z.string().optional().describe('One rule, by its id, with all that is known about it.'),
  }),
  help: `
The ids are those of x-emulator-cause headers, row outcomes and diagnostics;
docs/rules.md has the same in full, with the tests that prove each.

Examples:
  tpe rules --rule v2-override-caveat
  tpe rules --json | jq '.[] | select(.confidence == "ours") | .id'`,
  async does({ options: { rule: id }, tell }, context) {
    const rules = allRules();
    if (id === undefined) return tell(rules.map(ruleFacts), () => rulebook(rules, context));
    const rule = rules.find((each) => each.id === id);
    if (rule !== undefined) return tell(ruleFacts(rule), () => oneRule(rule, context));
    const known = rules.map((each) => each.id);
    const hint = similar(id, known).join(', ');
    const message = `There is no rule ${JSON.stringify(id)}${hint && `; similar: ${hint}`}`;
    throw new Problem(message, { reason: 'usage', code: 'unknown-rule', next: 'tpe rules' });
  },
});

function rulebook(rules: readonly Rule[], { style }: Context): string {
  const rows = rules.map(({ id, statement, confidence, emulated, note = '' }) => [
    id,
    [confidence, /^(?:archived|superseded)\b/i.exec(note)?.[0].toLowerCase()].filter(Boolean).join(', '),
    emulated === false ? `${statement} (Not emulated.)` : statement,
  ]);
  return `${renderTable(['rule', 'confidence', 'statement'], rows, style)}\n${rules.length} rules\n`;
}

function oneRule(rule: Rule, { style }: Context): string {
  const { id, statement, sources, versions, ...facts } = ruleFacts(rule);
  const links = Object.fromEntries(sources.map(({ key, url }) => [key, url]));
  const named = Object.entries({ ...facts, versions: versions.join(', '), ...links });
  const lines = named.map(([name, value]) => `  ${name.padEnd(13)} ${value}`);
  return linesText(style.bold(id), `  ${statement}`, '', lines);
}

/** A rule without the function that decides it. */
function ruleFacts(rule: Rule) {
  const { decide: _, source, ...facts } = { decide: undefined, ...rule };
  return { ...facts, source, sources: openLinks(source) };
}
