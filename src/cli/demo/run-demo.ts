/** The demo's work: the sample through v1 and through v2, and by hand the one row that the uploader keeps back. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compareVersions, type Comparison, type CompareInput, type CompareOptions } from '../../compare/index.ts';
import { writeDataRow, writeHeaderRow } from '../../protocol/batch-file/write-batch-file.ts';
import { sampleFile } from '../package-file.ts';
import { Problem } from '../problem.ts';
import { readProfilesFile } from '../profiles-file.ts';

export interface DemoResult {
  readonly seeded: number;
  readonly rows: number;
  readonly illegalId: string;
  readonly outcomes: Comparison['outcomes'];
  readonly differing: Comparison['differingProfiles']['first'];
}

export async function runDemo(signal: AbortSignal): Promise<DemoResult> {
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
    differing: uploaded.differingProfiles.first,
  };
}

async function compared(input: CompareInput, options: CompareOptions): Promise<Comparison> {
  const result = await compareVersions(input, options);
  if (result.kind === 'comparison') return result;
  const message = `The sample did not go through: ${result.kind}`;
  throw new Problem(message, { reason: 'bug', code: 'demo-failed' });
}
