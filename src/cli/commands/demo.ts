/** `tpe demo`: one CRM export through v1 and through v2, side by side, with nothing to set up. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compareVersions, type CompareInput, type ProfileDifference } from '../../compare/index.ts';
import { writeDataRow, writeHeaderRow } from '../../protocol/batch-file/write-batch-file.ts';
import { allRules } from '../../protocol/rules/index.ts';
import { outcomeTable } from '../compare-report.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { sampleFile, samplePath } from '../package-file.ts';
import { asTyped, linesText, printable, shellWord, shortened } from '../printable.ts';
import { Problem } from '../problem.ts';
import { readProfilesFile } from '../starting-state.ts';
import { renderTable } from '../table.ts';

/** Differing profiles shown. */
const EXAMPLES = 3;

export const demoCommand = defineCommand({
  name: 'demo',
  description: 'send a sample export through v1 and v2 and compare what happened',
  async does({ tell }, context) {
    const result = await runDemo(context.signal);
    tell(result, () => demoText(result, context));
  },
});

/** The sample through both versions, and by hand the one row that the uploader keeps back. */
async function runDemo(signal: AbortSignal) {
  const groups = await readProfilesFile(fileURLToPath(sampleFile('crm-profiles.ndjson')));
  const profiles = groups.flatMap((group) => group.profiles);
  const compared = async (input: CompareInput, options = {}) => {
    const result = await compareVersions(input, { profiles, differencesMax: Infinity, signal, ...options });
    if (result.kind === 'comparison') return result;
    const message = `The sample did not go through: ${result.kind}`;
    throw new Problem(message, { reason: 'bug', code: 'demo-failed' });
  };
  const exportFile = fileURLToPath(sampleFile('crm-export.csv'));
  const uploaded = await compared(exportFile, { idColumn: 'customer_id', onProblem: 'skip' });
  const ids = Array.from(readFileSync(exportFile, 'utf8').matchAll(/\n([^,\n]+),/g), ([, id]) => id!);
  const illegalId = ids.find((id) => id.includes('/')) ?? '';
  const text = `${writeHeaderRow('thirdPartyId', ['city'])}\n${writeDataRow(illegalId, ['anywhere'])}\n`;
  const byHand = await compared({ name: 'the row by hand', open: () => ReadableStream.from([Buffer.from(text)]) });
  return {
    seeded: profiles.length,
    rows: ids.length,
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

type Demo = Awaited<ReturnType<typeof runDemo>>;

function demoText({ seeded, rows, illegalId, outcomes, differing }: Demo, context: Context): string {
  const { style, environment, directory } = context;
  const used = new Set([...outcomes.v1, ...outcomes.v2].map(({ rule }) => rule));
  const rules = allRules().flatMap(({ id, statement }) => (used.has(id) ? [[id, statement]] : []));
  const examples = differing.slice(0, EXAMPLES);
  const width = style.columns - 8;
  const profiles = shellWord(samplePath('crm-profiles.ndjson', directory));
  return linesText(
    style.bold('One CRM export, both versions of the API'),
    `${seeded} profiles existed. The export has ${rows} rows; the uploader kept back the one`,
    `whose id no document allows (${printable(illegalId)}), so it was posted by hand to see what`,
    'the API makes of it.',
    '',
    outcomeTable(outcomes, style),
    style.bold('Why'),
    renderTable(['rule', 'statement'], rules, style),
    style.bold(`Profiles that differ now: ${differing.length}, the first ${examples.length} being`),
    examples.flatMap((profile) => [
      `  ${style.bold(printable(profile.id))}`,
      ...(['v1', 'v2'] as const).map((api) => `    ${api}  ${shortened(sideText(profile, api), width)}`),
    ]),
    '',
    `Next: ${asTyped(`tpe serve --profiles ${profiles}`, environment.command)}`,
  );
}

function sideText({ exists, attributes }: ProfileDifference, api: 'v1' | 'v2'): string {
  if (!exists[api]) return 'no profile';
  return attributes
    .filter((attribute) => attribute[api] !== null)
    .map((attribute) => `${attribute.name}=${attribute[api]}`)
    .join('  ');
}
