/** The spine of every upload, new or resumed: sends what is to be sent, follows what was accepted, tells what became of it. */
import { followLinks, type FollowOutcome, type FollowTarget } from './follow/follow-links.ts';
import { makeWay } from './jobs/make-way.ts';
import type { PartRecord } from './jobs/job.ts';
import type { PlannedPart } from './plan/upload-plan.ts';
import { writeOutcomes } from './report/outcome-files.ts';
import { makeReport, sentPart, unsentPart } from './report/make-report.ts';
import type { PartReport, UploadReport } from './report/upload-report.ts';
import { type Submission, submitPart } from './send/submit-part.ts';
import type { Errand } from './services.ts';
import { isUploadError, UploadError } from './upload-error.ts';
import { sampleRows, type SampledRow, verifyRows } from './verify/verify-rows.ts';

/** @throws `options-invalid`, `newer-upload`, `job-busy` before anything is sent */
export async function carryOut(errand: Errand): Promise<UploadReport> {
  let result = 'failed';
  try {
    refuseUnknownParts(errand);
    await makeWay(errand);
    const report = await sendAndFollow(errand);
    result = report.state;
    try {
      await writeOutcomes(errand, report);
      return report;
    } catch (error) {
      // What was sent is told all the same.
      if (isUploadError(error)) return { ...report, outcomesError: error };
      throw error;
    }
  } finally {
    errand.job.close(result);
  }
}

async function sendAndFollow(errand: Errand): Promise<UploadReport> {
  const { job, wait, signal, onProgress } = errand;
  const { plan } = job;
  const reports = new Map<number, PartReport>();
  const samples: SampledRow[] = [];
  const settle = async (part: PlannedPart, report: PartReport) => {
    reports.set(part.part, report);
    onProgress?.({ kind: 'settled', report });
    if (report.state === 'stuck') job.record(part.part, { state: 'stuck' });
    if (report.state !== 'done' && report.state !== 'rejected-rows') return;
    samples.push(...(await sampleRows(part, errand)));
    await job.settle(part.part, report);
  };

  const submissions = await submitAll(errand);
  const targets: FollowTarget[] = [];
  const settling: Promise<void>[] = [];
  for (const planned of plan.parts) {
    const { part, rows } = planned;
    const record = job.part(part);
    const isMeant = isChosen(errand, part);
    const submission = submissions.get(part) ?? acceptedBefore(record);
    if (record.report !== undefined) reports.set(part, record.report);
    else if (submission === undefined)
      await settle(planned, unsentPart(planned, isMeant ? 'not-sent' : 'skipped', record));
    else if (submission.kind === 'accepted' && wait && isMeant) {
      const onOutcome = (outcome: FollowOutcome) => {
        const settled = settle(planned, sentPart(planned, submission, outcome));
        // Looked at once all are followed: unheard until then, it would end the process.
        settled.catch(() => undefined);
        settling.push(settled);
      };
      targets.push({ part, rows, link: submission.link, onOutcome });
    } else {
      const report = sentPart(planned, submission);
      // A stuck part that is left alone is stuck still.
      await settle(planned, record.state === 'stuck' ? { ...report, state: 'stuck' } : report);
    }
  }
  await followLinks(targets, errand);
  await Promise.all(settling);

  const parts = plan.parts.map(({ part }) => reports.get(part)!);
  const isUnfinished = parts.some(({ state }) => state === 'not-sent' || state === 'interrupted');
  const report = makeReport(job, parts, signal?.aborted === true && isUnfinished);
  return samples.length === 0 ? report : { ...report, verification: await verifyRows(samples, errand) };
}

/** In order, one at a time, until one is not accepted: what stopped it would most likely stop the rest. */
async function submitAll(errand: Errand): Promise<ReadonlyMap<number, Submission>> {
  const { job, onProgress } = errand;
  const submissions = new Map<number, Submission>();
  for (const { part, state, ambiguousAttempts } of job.parts()) {
    if ((state !== 'unsent' && state !== 'stuck') || !isChosen(errand, part)) continue;
    // Some of its rows may have been applied.
    if (state === 'stuck')
      job.record(part, { state: 'unsent', ambiguousAttempts: ambiguousAttempts + 1, link: undefined });
    const submission = await submitPart(part, errand);
    submissions.set(part, submission);
    if (submission.kind !== 'accepted') break;
    onProgress?.({ kind: 'submitted', part, link: submission.link });
  }
  return submissions;
}

const isChosen = ({ onlyPart }: Errand, part: number) => onlyPart.length === 0 || onlyPart.includes(part);

/** An upload of no part at all would end well and have sent nothing. */
function refuseUnknownParts({ job, onlyPart }: Errand): void {
  const { length } = job.plan.parts;
  const unknown = onlyPart.filter((part) => part > length);
  if (unknown.length === 0) return;
  const parts = length === 1 ? 'one part' : `${length} parts`;
  throw UploadError.ofOptions([`Option onlyPart: job ${job.id} has ${parts}, and no part ${unknown.join(', ')}.`]);
}

function acceptedBefore({ state, link, attempts, ambiguousAttempts }: PartRecord): Submission | undefined {
  if ((state !== 'accepted' && state !== 'stuck') || link === undefined) return undefined;
  return { kind: 'accepted', link, attempts, ambiguousAttempts };
}
