/** `tpe demo`: one CRM export through v1 and through v2, side by side, with nothing to set up. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Context } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { asTyped, printable, shellWord, shortened } from '../printable.ts';
import { writeDataRow, writeHeaderRow } from '../../protocol/batch-file/write-batch-file.ts';
import { allRules } from '../../protocol/rules/index.ts';
import type { Api } from '../../protocol/vocabulary/index.ts';
import {
  type CompareInput,
  type CompareOptions,
  compareVersions,
  type Comparison,
  type ProfileDifference,
} from '../../compare/index.ts';
import { outcomeTable } from '../compare-report.ts';
import { sampleFile, samplePath } from '../package-file.ts';
import { Problem } from '../problem.ts';
import { readProfilesFile } from '../starting-state.ts';
import { renderTable } from '../table.ts';

/** Differing profiles shown. */
const EXAMPLES = 3;

export const demoCommand = defineCommand({
  name: 'demo',
  description: 'send a sample export through v1 and v2 and compare what happened',
  json: 'print the outcomes as JSON',
  async does({ tell }, context) {
    const result = await runDemo(context.signal);
    tell(result, () => demoText(result, context));
  },
});

/** The sample through both versions, and by hand the one row that the uploader keeps back. */
async function runDemo(signal: AbortSignal) {
  const groups = await readProfilesFile(fileURLToPath(sampleFile('crm-profiles.ndjson')));
  const profiles = groups.flatMap((group) => group.profiles);
  const exportFile = fileURLToPath(sampleFile('crm-export.csv'));
  const lines = readFileSync(exportFile, 'utf8').trimEnd().split('\n').slice(1);
  const illegalId = lines.map((line) => line.slice(0, line.indexOf(','))).find((id) => id.includes('/')) ?? '';

  const options = { profiles, differencesMax: Number.POSITIVE_INFINITY, signal };
  const uploaded = await compared(exportFile, { ...options, idColumn: 'customer_id', onProblem: 'skip' });
  const text = `${writeHeaderRow('thirdPartyId', ['city'])}\n${writeDataRow(illegalId, ['anywhere'])}\n`;
  const row = { name: 'the row by hand', open: () => ReadableStream.from([Buffer.from(text)]) };
  const byHand = await compared(row, options);
  return {
    seeded: profiles.length,
    rows: lines.length,
    illegalId,
    outcomes: {
      v1: [...uploaded.outcomes.v1, ...byHand.outcomes.v1],
      v2: [...uploaded.outcomes.v2, ...byHand.outcomes.v2],
    },
    // Of the two versions, whatever customer attributes would make of it.
    differing: uploaded.differingProfiles.first.filter(
      ({ exists, attributes }) => exists.v1 !== exists.v2 || attributes.some(({ v1, v2 }) => v1 !== v2),
    ),
  };
}

async function compared(input: CompareInput, options: CompareOptions): Promise<Comparison> {
  const result = await compareVersions(input, options);
  if (result.kind === 'comparison') return result;
  const message = `The sample did not go through: ${result.kind}`;
  throw new Problem(message, { reason: 'bug', code: 'demo-failed' });
}

type Demo = Awaited<ReturnType<typeof runDemo>>;

function demoText({ seeded, rows, illegalId, outcomes, differing }: Demo, context: Context): string {
  const { style, environment } = context;
  const profiles = samplePath('crm-profiles.ndjson', context.directory);
  const used = new Set([...outcomes.v1, ...outcomes.v2].map(({ rule }) => rule));
  const rules = allRules()
    .filter(({ id }) => used.has(id))
    .map(({ id, statement }) => [id, statement]);
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
    renderTable(['rule', 'statement'], rules, style),
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
