/** What leaves the client is what it was given: the rows of each id, in their order. */
import { DEFAULT_SETTINGS } from '../../../protocol/vocabulary/index.ts';
import { readBatchFile } from '../../model/batch-file.ts';
import type { RunEvidence } from '../evidence.ts';
import { distinctBodies } from '../distinct-bodies.ts';
import type { UploadStep } from '../step.ts';

export function whatWasGivenIsSent({ step, run }: { readonly step: UploadStep; readonly run: RunEvidence }) {
  const found = difference(step, run);
  return found && `Upload ${step.number}: ${found}`;
}

function difference(step: UploadStep, run: RunEvidence): string | undefined {
  const sentRows: [id: string, row: string][] = [];
  for (const { body } of distinctBodies(run.calls)) {
    const file = readBatchFile(body, step.api, DEFAULT_SETTINGS);
    if (file.kind === 'rejection') return `it sent what the model refuses by ${file.rule}.`;
    for (const row of file.rows) {
      // Rows without any value say nothing of anybody.
      if (row.kind === 'row')
        sentRows.push([row.id, JSON.stringify(row.values.map(({ name, value }) => [name, value]))]);
      if (row.kind === 'failed') return `it sent a row that the model fails by ${row.rule}.`;
    }
  }
  const givenRows = step.rows.flatMap(([id, ...cells]): [string, string][] => {
    const values = step.columns.map((name, index) => [name, cells[index]!]).filter(([, value]) => value !== '');
    return values.length > 0 ? [[id!, JSON.stringify(values)]] : [];
  });
  const [sent, given] = [byId(sentRows), byId(givenRows)];
  for (const [id, rows] of sent) {
    if (rows !== given.get(id)) return `of ${id} it sent ${rows}, and was given ${given.get(id) ?? ''}.`;
  }
  const { report } = run;
  const isAllSent =
    typeof report !== 'string' && run.onlyPart.length === 0 && report.parts.every((part) => part.accepted);
  if (isAllSent && sent.size < given.size) return 'it says that all was accepted, and did not send all.';
  return undefined;
}

/** In their order, as one text. */
function byId(rows: readonly (readonly [id: string, row: string])[]): ReadonlyMap<string, string> {
  const groups = Map.groupBy(rows, ([id]) => id);
  return new Map(Array.from(groups, ([id, alike]) => [id, alike.map(([, row]) => row).join(' ')]));
}
