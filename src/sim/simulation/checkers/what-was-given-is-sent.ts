/** What leaves the client is what it was given: the rows of each id, in their order. */
import { DEFAULT_SETTINGS } from '../../../protocol/vocabulary/index.ts';
import { readBatchFile } from '../../model/batch-file.ts';
import type { Evidence, RunEvidence } from '../evidence.ts';
import { distinctBodies } from '../distinct-bodies.ts';
import type { UploadStep } from '../step.ts';

export function whatWasGivenIsSent({ uploads }: Evidence): string | undefined {
  for (const { step, runs } of uploads) {
    for (const run of runs) {
      const found = difference(step, run);
      if (found !== undefined) return `Upload ${step.number}: ${found}`;
    }
  }
  return undefined;
}

function difference(step: UploadStep, run: RunEvidence): string | undefined {
  const sent = new Map<string, string[]>();
  for (const { body } of distinctBodies(run.calls)) {
    const file = readBatchFile(body, step.api, DEFAULT_SETTINGS);
    if (file.kind === 'rejection') return `it sent what the model refuses by ${file.rule}.`;
    for (const row of file.rows) {
      // Rows without any value say nothing of anybody.
      if (row.kind === 'row') add(sent, row.id, JSON.stringify(row.values.map(({ name, value }) => [name, value])));
      if (row.kind === 'failed') return `it sent a row that the model fails by ${row.rule}.`;
    }
  }
  const given = new Map<string, string[]>();
  for (const [id, ...cells] of step.rows) {
    const values = step.columns.map((name, index) => [name, cells[index]!]).filter(([, value]) => value !== '');
    if (values.length > 0) add(given, id!, JSON.stringify(values));
  }
  for (const [id, rows] of sent) {
    const [one, other] = [rows.join(' '), (given.get(id) ?? []).join(' ')];
    if (one !== other) return `of ${id} it sent ${one}, and was given ${other}.`;
  }
  const { report } = run;
  const isAllSent =
    typeof report !== 'string' && run.onlyPart.length === 0 && report.parts.every((part) => part.accepted);
  if (isAllSent && sent.size < given.size) return 'it says that all was accepted, and did not send all.';
  return undefined;
}

function add(rows: Map<string, string[]>, id: string, row: string): void {
  const before = rows.get(id);
  if (before === undefined) rows.set(id, [row]);
  else before.push(row);
}
