/** `tpe demo`: one CRM export through v1 and through v2, side by side, with nothing to set up. */
import { z } from 'zod';
import { printJson, type Context } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { runDemo, type DemoResult } from '../demo/run-demo.ts';
import { EXIT_CODES } from '../exit-code.ts';
import { printable, shortened } from '../printable.ts';
import { RULES } from '../../protocol/rules/index.ts';
import type { Api } from '../../protocol/vocabulary/index.ts';
import type { ProfileDifference } from '../../compare/index.ts';
import { outcomeTable } from '../compare-report.ts';
import { samplePath } from '../package-file.ts';
import { asTyped, shellWord } from '../shell-word.ts';
import { renderTable } from '../table.ts';

/** Differing profiles shown. */
const EXAMPLES = 3;

export const demoCommand = defineCommand({
  name: 'demo',
  description: 'send a sample export through v1 and v2 and compare what happened',
  json: 'print the outcomes as JSON',
  schema: z.strictObject({}),
  fields: [],
  help: '',
  async does({ json }, context) {
    const result = await runDemo(context.signal);
    if (json) printJson(context, result);
    else context.stdout.write(demoText(result, context));
    return EXIT_CODES.done;
  },
});

function demoText({ seeded, rows, illegalId, outcomes, differing }: DemoResult, context: Context): string {
  const { style, environment } = context;
  const profiles = samplePath('crm-profiles.ndjson', context.directory);
  const used = new Set([...outcomes.v1, ...outcomes.v2].map(({ rule }) => rule));
  const rules = RULES.filter(({ id }) => used.has(id)).map(({ id, statement }) => [id, statement]);
  const examples = differing
    .slice(0, EXAMPLES)
    .flatMap((profile) => [
      `  ${style.bold(printable(profile.id))}`,
      `    v1  ${sideText(profile, 'v1', style.columns - 8)}`,
      `    v2  ${sideText(profile, 'v2', style.columns - 8)}`,
    ]);
  return [
    style.bold('One CRM export, both versions of the API'),
    `${seeded} profiles existed. The export has ${rows} rows; the uploader kept back the one`,
    `whose id no document allows (${printable(illegalId)}), so it was posted by hand to see what`,
    'the API makes of it.',
    '',
    outcomeTable(outcomes, style),
    style.bold('Why'),
    renderTable([{ head: 'rule' }, { head: 'statement' }], rules, style),
    style.bold(
      `Profiles that differ now: ${differing.length}, the first ${Math.min(EXAMPLES, differing.length)} being`,
    ),
    ...examples,
    '',
    `Next: ${asTyped(`tpe serve --profiles ${shellWord(profiles)}`, environment.command)}`,
    '',
  ].join('\n');
}

function sideText({ exists, attributes }: ProfileDifference, api: Api, width: number): string {
  if (!exists[api]) return 'no profile';
  const text = attributes.flatMap((attribute) => {
    const value = attribute[api];
    return value === null ? [] : `${attribute.name}=${value}`;
  });
  return shortened(text.join('  '), width);
}
