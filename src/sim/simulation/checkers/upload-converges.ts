/** Once the faults have stopped, everything comes to its end: what was not sent is sent, what was not seen is seen. */
import { isUploadError, type PartReport } from '../../../client/index.ts';
import { unsentParts } from '../simulated-uploads.ts';
import { batchIdOf, type Evidence, type UploadEvidence } from '../evidence.ts';

export function uploadConverges(upload: UploadEvidence, { dropped }: Evidence): string | undefined {
  const found = whatIsOpen(upload, dropped);
  return found && `Upload ${upload.step.number} ${found}`;
}

function whatIsOpen({ runs, followed }: UploadEvidence, dropped: Evidence['dropped']): string | undefined {
  const last = runs.at(-1)?.report;
  if (last === undefined || typeof last === 'string') return `has no report: ${last}.`;
  if (unsentParts(last).length > 0) return `does not get on: ${last.error?.message}`;
  const reported = runs.flatMap(({ report }) => (typeof report === 'string' ? [] : report.parts));
  const unsent = last.parts.find(({ part }) => !reported.some((other) => other.part === part && other.accepted));
  if (unsent !== undefined) return `never sent part ${unsent.part}.`;
  const unseen = reported.find((part) => isOpen(part) && !followed.some(({ link }) => link === part.link));
  if (unseen !== undefined) return `forgot ${unseen.link}, whose end it had not seen.`;
  // What went with its client code has no end that anybody could see.
  const seen = followed.filter(({ link }) => !dropped.has(batchIdOf(link) ?? ''));
  const open = seen.find(({ kind }) => kind !== 'complete' && kind !== 'stuck');
  return open && `does not see the end of ${open.link}: ${open.error?.message}`;
}

function isOpen({ accepted, state, error }: PartReport): boolean {
  return accepted && (state === 'interrupted' || state === 'timed-out') && !isUploadError(error, 'link-refused');
}
