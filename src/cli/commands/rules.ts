/** `tpe rules`: the rulebook, whole or one rule. */
import { z } from 'zod';
import { allRules, type Rule } from '../../protocol/rules/index.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { Problem } from '../problem.ts';
import { openLinks } from '../rules-cited.ts';
import { similar } from '../similar.ts';
import { renderTable } from '../table.ts';

export const rulesCommand = defineCommand({
  name: 'rules',
  description: 'print the rules of the API as the emulator knows them',
  json: 'print as JSON',
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
    const rule = allRules().find((each) => each.id === id);
    if (id !== undefined && rule === undefined) throw unknownRule(id);
    if (rule === undefined) tell(allRules().map(ruleFacts), () => rulebook(context));
    else tell(ruleFacts(rule), () => oneRule(rule, context));
  },
});

function rulebook({ style }: Context): string {
  const rows = allRules().map(({ id, statement, confidence, emulated }) => [
    id,
    confidence,
    emulated === false ? `${statement} (Not emulated.)` : statement,
  ]);
  return `${renderTable(['rule', 'confidence', 'statement'], rows, style)}\n${allRules().length} rules\n`;
}

function oneRule(rule: Rule, { style }: Context): string {
  const { id, statement, sources, versions, ...rest } = ruleFacts(rule);
  const named = {
    ...rest,
    versions: versions.join(', '),
    ...Object.fromEntries(sources.map(({ key, url }) => [key, url])),
  };
  const facts = Object.entries(named).map(([name, value]) => `  ${name.padEnd(13)} ${value}`);
  return [style.bold(id), `  ${statement}`, '', ...facts, ''].join('\n');
}

/** A rule without the function that decides it. */
function ruleFacts(rule: Rule) {
  const { decide: _, source, ...facts } = { decide: undefined, ...rule };
  return { ...facts, source, sources: openLinks(source) };
}

function unknownRule(id: string): Problem {
  const named = similar(
    id,
    allRules().map((rule) => rule.id),
  );
  const hint = named.length === 0 ? '' : `; similar: ${named.join(', ')}`;
  const message = `There is no rule ${JSON.stringify(id)}${hint}`;
  return new Problem(message, { reason: 'usage', code: 'unknown-rule', next: 'tpe rules' });
}
