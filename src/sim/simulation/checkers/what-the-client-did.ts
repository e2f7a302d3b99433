/** What the client did with what it was given: it was sent as it stands, all of it in the end, and at the account's pace. */
import { isUploadError, type PartReport } from '../../../client/index.ts';
import { DEFAULT_SETTINGS } from '../../../protocol/vocabulary/index.ts';
import { readBatchFile } from '../../model/batch-file.ts';
import { CALLS_PER_MINUTE, unsentParts } from '../simulated-uploads.ts';
import type { UploadStep } from '../step.ts';
import { batchIdOf, distinctBodies, type RunEvidence, type UploadEvidence, type World } from '../world.ts';

/** What leaves the client is what it was given: the rows of each id, in their order. */
export function whatWasGivenIsSent({ step, run }: { readonly step: UploadStep; readonly run: RunEvidence }) {
  const sentRows: Row[] = [];
  for (const { body } of distinctBodies(run.calls)) {
    const file = readBatchFile(body, step.api, DEFAULT_SETTINGS);
    if (file.kind === 'rejection') return `it sent what the model refuses by ${file.rule}.`;
    for (const row of file.rows) {
      // Rows without any value say nothing of anybody.
      if (row.kind === 'row') sentRows.push([row.id, row.values.map(({ name, value }) => [name, value])]);
      if (row.kind === 'failed') return `it sent a row that the model fails by ${row.rule}.`;
    }
  }
  const givenRows = step.rows.flatMap(([id, ...cells]): Row[] => {
    const values = step.columns.map((name, index) => [name, cells[index]!]).filter(([, value]) => value !== '');
    return values.length > 0 ? [[id!, values]] : [];
  });
  const [sent, given] = [byId(sentRows), byId(givenRows)];
  for (const [id, rows] of sent) {
    if (rows !== given.get(id)) return `of ${id} it sent ${rows}, and was given ${given.get(id) ?? ''}.`;
  }
  const { report } = run;
  const isAllSent =
    typeof report !== 'string' && run.onlyPart.length === 0 && report.parts.every((part) => part.accepted);
  return isAllSent && sent.size < given.size ? 'it says that all was accepted, and did not send all.' : undefined;
}

type Row = readonly [id: string, values: readonly (readonly string[])[]];

/** In their order, as one text. */
function byId(rows: readonly Row[]): ReadonlyMap<string, string> {
  const groups = Map.groupBy(rows, ([id]) => id);
  return new Map(
    Array.from(groups, ([id, alike]) => [id, alike.map(([, values]) => JSON.stringify(values)).join(' ')]),
  );
}

/** Once the faults have stopped, everything comes to its end: what was not sent is sent, what was not seen is seen. */
export function uploadConverges({ runs, followed }: UploadEvidence, { dropped }: World): string | undefined {
  const last = runs.at(-1)?.report;
  if (last === undefined || typeof last === 'string') return `there is no report: ${last}.`;
  if (unsentParts(last).length > 0) return `it does not get on: ${last.error?.message}`;
  const reported = runs.flatMap(({ report }) => (typeof report === 'string' ? [] : report.parts));
  const unsent = last.parts.find(({ part }) => !reported.some((other) => other.part === part && other.accepted));
  if (unsent !== undefined) return `it never sent part ${unsent.part}.`;
  const unseen = reported.find((part) => isOpen(part) && !followed.some(({ link }) => link === part.link));
  if (unseen !== undefined) return `it forgot ${unseen.link}, whose end it had not seen.`;
  // What went with its client code has no end that anybody could see.
  const seen = followed.filter(({ link }) => !dropped.has(batchIdOf(link) ?? ''));
  const open = seen.find(({ kind }) => kind !== 'complete' && kind !== 'stuck');
  return open && `it does not see the end of ${open.link}: ${open.error?.message}`;
}

const isOpen = ({ accepted, state, error }: PartReport) =>
  accepted && (state === 'interrupted' || state === 'timed-out') && !isUploadError(error, 'link-refused');

/** Uploads that share an account make no more calls a minute than it has, whoever of them dies in between. */
export function accountKeepsItsPace(client: string, { uploads }: World): string | undefined {
  const times = uploads
    .filter(({ step }) => step.client === client && step.kill !== undefined)
    .flatMap(({ runs }) => runs.at(-1)?.calls ?? [])
    .map(({ atMs }) => atMs)
    .toSorted((a, b) => a - b);
  const tooSoon = times.find((atMs, at) => at >= CALLS_PER_MINUTE && atMs - times[at - CALLS_PER_MINUTE]! < 60_000);
  if (tooSoon === undefined) return undefined;
  return `${client} was called ${CALLS_PER_MINUTE + 1} times in the minute up to ${tooSoon}.`;
}
