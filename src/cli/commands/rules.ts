/** `tpe rules`: the rulebook, whole or one rule. */
import { Command } from 'commander';
import { RULES } from '../../protocol/rules/index.ts';
import { printJson, type Context, type Run } from '../context.ts';
import { EXIT_CODES, type ExitCode } from '../exit-code.ts';
import { Problem } from '../problem.ts';
import { openLinks } from '../rules-cited.ts';
import { renderTable } from '../table.ts';

type Rule = (typeof RULES)[number];

export function rulesCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('rules').description('print the rules of the API as the emulator knows them');
  command.option('--rule <id>', 'one rule, with all that is known about it');
  command.option('--json', 'print as JSON');
  return command
    .addHelpText(
      'after',
      `
The ids are those of x-emulator-cause headers, row outcomes and diagnostics; docs/rules.md
has the same in full, with the tests that prove each.

Examples:
  tpe rules --rule v2-override-caveat
  tpe rules --json | jq '.[] | select(.confidence == "ours") | .id'`,
    )
    .action(async () => {
      await run((context) => Promise.resolve(printRules(command.opts<{ rule?: string; json?: boolean }>(), context)));
    });
}

function printRules(options: { readonly rule?: string; readonly json?: boolean }, context: Context): ExitCode {
  if (options.rule === undefined) {
    if (options.json === true) printJson(context, RULES.map(ruleFacts));
    else context.stdout.write(rulebook(context));
    return EXIT_CODES.done;
  }
  const rule = RULES.find(({ id }) => id === options.rule);
  if (rule === undefined) throw unknownRule(options.rule);
  if (options.json === true) printJson(context, ruleFacts(rule));
  else context.stdout.write(oneRule(rule, context));
  return EXIT_CODES.done;
}

function rulebook({ style }: Context): string {
  const rows = RULES.map(({ id, statement, confidence }) => [id, confidence, statement]);
  const columns = [{ head: 'rule' }, { head: 'confidence' }, { head: 'statement' }];
  return `${renderTable(columns, rows, style)}\n${RULES.length} rules\n`;
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
  const { id, statement, source, confidence, versions, setting, fixed, contradiction, note } = rule;
  return {
    id,
    statement,
    source,
    sources: openLinks(source),
    confidence,
    versions,
    ...(setting === undefined ? {} : { setting }),
    ...(contradiction === undefined ? {} : { contradiction }),
    ...(note === undefined ? {} : { note }),
    ...(fixed === undefined ? {} : { fixed }),
  };
}

function unknownRule(id: string): Problem {
  const similar = similarWords(
    id,
    RULES.map((rule) => rule.id),
  );
  const hint = similar.length === 0 ? '' : `; similar: ${similar.join(', ')}`;
  return new Problem(`There is no rule ${JSON.stringify(id)}${hint}`, {
    reason: 'usage',
    code: 'unknown-rule',
    next: 'tpe rules',
  });
}

/** At most five of `names`, the likest first. */
function similarWords(word: string, names: readonly string[]): string[] {
  const scored = names.map((name) => ({ name, likeness: likeness(word.toLowerCase(), name.toLowerCase()) }));
  return scored
    .filter((each) => each.likeness >= LIKENESS_MIN)
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, 5)
    .map(({ name }) => name);
}

const LIKENESS_MIN = 0.4;

/** The share of letter pairs that two words have in common (Dice's coefficient): swapped words and slips cost little. */
function likeness(one: string, other: string): number {
  const pairs = letterPairs(one);
  const others = letterPairs(other);
  const shared = [...pairs].filter((pair) => others.has(pair)).length;
  return (2 * shared) / Math.max(1, pairs.size + others.size);
}

function letterPairs(word: string): ReadonlySet<string> {
  return new Set(Array.from({ length: Math.max(0, word.length - 1) }, (_, index) => word.slice(index, index + 2)));
}
