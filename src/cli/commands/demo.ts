/** `tpe demo`: one CRM export through v1 and through v2, side by side, with nothing to set up. */
import { Command } from 'commander';
import { printJson, type Context, type Run } from '../context.ts';
import { runDemo, type DemoResult, type OutcomeCount } from '../demo/run-demo.ts';
import { EXIT_CODES, type ExitCode } from '../exit-code.ts';
import { printable, shortened } from '../printable.ts';
import { RULES } from '../../protocol/rules/index.ts';
import type { RowOutcome } from '../../protocol/vocabulary/index.ts';
import { samplePath } from '../package-file.ts';
import { asTyped, shellWord } from '../shell-word.ts';
import { renderTable } from '../table.ts';

/** Differing profiles shown. */
const EXAMPLES = 3;

export function demoCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('demo').description('send a sample export through v1 and v2 and compare what happened');
  command.option('--json', 'print the outcomes as JSON');
  return command.action(async () => {
    await run((context) => demo(command.opts<{ json?: boolean }>().json === true, context));
  });
}

async function demo(json: boolean, context: Context): Promise<ExitCode> {
  const result = await runDemo(context.signal);
  if (json) printJson(context, result);
  else context.stdout.write(demoText(result, context));
  return EXIT_CODES.done;
}

function demoText({ seeded, rows, illegalId, outcomes, differing }: DemoResult, context: Context): string {
  const { style, environment } = context;
  const profiles = samplePath('crm-profiles.ndjson', context.directory);
  const columns = [
    { head: 'outcome' },
    { head: 'v1', align: 'right' as const },
    { head: 'rule' },
    { head: 'v2', align: 'right' as const },
    { head: 'rule' },
  ];
  const table = OUTCOMES.map(([outcome, label]) => {
    const v1 = outcomes.v1.filter((count) => count.outcome === outcome);
    const v2 = outcomes.v2.filter((count) => count.outcome === outcome);
    return [label, String(sumOf(v1)), rulesOf(v1), String(sumOf(v2)), rulesOf(v2)];
  });
  const total = ['all rows', String(sumOf(outcomes.v1)), '', String(sumOf(outcomes.v2)), ''];
  const used = new Set([...outcomes.v1, ...outcomes.v2].map(({ rule }) => rule));
  const rules = RULES.filter(({ id }) => used.has(id)).map(({ id, statement }) => [id, statement]);
  const examples = differing
    .slice(0, EXAMPLES)
    .flatMap(({ id, v1, v2 }) => [
      `  ${style.bold(printable(id))}`,
      `    v1  ${attributesText(v1)}`,
      `    v2  ${attributesText(v2)}`,
    ]);
  return [
    style.bold('One CRM export, both versions of the API'),
    `${seeded} profiles existed. The export has ${rows} rows; the uploader kept back the one whose id no document allows`,
    `(${printable(illegalId)}), so it was posted by hand to see what the API makes of it.`,
    '',
    renderTable(columns, [...table, total], style),
    style.bold('Why'),
    renderTable([{ head: 'rule' }, { head: 'statement', width: 84 }], rules, style),
    style.bold(
      `Profiles that differ now: ${differing.length}, the first ${Math.min(EXAMPLES, differing.length)} being`,
    ),
    ...examples,
    '',
    `Next: ${asTyped(`tpe serve --profiles ${shellWord(profiles)}`, environment.command)}`,
    '',
  ].join('\n');
}

const OUTCOMES: readonly (readonly [RowOutcome, string])[] = [
  ['updated', 'updated'],
  ['created', 'created'],
  ['not-found', 'not found'],
  ['ignored', 'ignored'],
  ['failed', 'failed'],
];

const rulesOf = (counts: readonly OutcomeCount[]) => counts.map(({ rule }) => rule).join(', ');
const sumOf = (counts: readonly OutcomeCount[]) => counts.reduce((sum, { count }) => sum + count, 0);

function attributesText(attributes: Readonly<Record<string, string>> | undefined): string {
  if (attributes === undefined) return 'no profile';
  const text = Object.entries(attributes).map(([name, value]) => `${name}=${value}`);
  return shortened(text.join('  '), 140);
}
