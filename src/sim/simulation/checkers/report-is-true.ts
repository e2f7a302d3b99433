/** What a report says of each part is so: what was accepted is there, what may be there twice is said to be, the counts are the server's. */
import type { PartReport, UploadError, UploadReport } from '../../../client/index.ts';
import { OUTAGE_MAX_MS } from '../simulated-uploads.ts';
import type { UploadStep } from '../step.ts';
import { batchIdOf, type CallEvidence, distinctBodies, type RunEvidence } from '../world.ts';

export function reportIsTrue({ step, run }: { readonly step: UploadStep; readonly run: RunEvidence }) {
  const { report, calls, interruptedAt = Infinity, endedAt } = run;
  if (typeof report === 'string') return `there is no report, it ${report}.`;
  if (endedAt > interruptedAt) return `it went on for ${endedAt - interruptedAt} ms after it was interrupted.`;
  const sent = distinctBodies(calls);
  const tried = report.parts.filter((part) => part.attempts > 0);
  for (const [index, part] of tried.entries()) {
    const found =
      untruthOfWhatWasTaken(part, report, sent[index]?.calls) ??
      untruthOfTheEnd(part, run, step) ??
      untruthOfGivingUp(part, run);
    if (found !== undefined) return `the report of part ${part.part} (${part.state}) is not true: ${found}`;
  }
  const attempts = report.parts.reduce((sum, part) => sum + part.attempts, 0);
  const submissions = calls.filter(({ kind }) => kind === 'submit').length;
  if (attempts !== submissions) return `its report tells of ${attempts} attempts, and there were ${submissions}.`;
  const rows = report.parts.reduce((sum, part) => sum + part.rows, 0);
  if (rows !== step.rows.length) return `the parts of its report have ${rows} rows, and the file ${step.rows.length}.`;
  return undefined;
}

function untruthOfWhatWasTaken(part: PartReport, report: UploadReport, calls: readonly CallEvidence[] = []) {
  const taken = calls.flatMap((call) => call.batches);
  if (!part.accepted) {
    if (calls.some((call) => call.toldSuccess)) return 'the service accepted it.';
    if (taken.length > part.ambiguousAttempts) return `it was taken ${taken.length} times.`;
    return undefined;
  }
  const batchId = batchIdOf(part.link);
  if (batchId === undefined || !taken.includes(batchId)) return `nothing was taken under ${part.link}.`;
  if (taken.length > 1 + part.ambiguousAttempts) return `it was taken ${taken.length} times.`;
  if (taken.length > 1 && !report.maybeTwice)
    return 'it was taken twice, and the whole does not say that it may have been.';
  return undefined;
}

function untruthOfTheEnd(
  part: PartReport,
  { calls, batches, startedAt, endedAt, interruptedAt }: RunEvidence,
  { deadlineMs, kill }: UploadStep,
): string | undefined {
  const batchId = batchIdOf(part.link);
  const batch = batchId === undefined ? undefined : batches.get(batchId);
  const status = batch?.status;
  switch (part.state) {
    case 'done':
    case 'rejected-rows': {
      if (status !== 'complete' || batch === undefined) return `its batch was ${status}.`;
      const { updated, notFound, failed, ignored, submitted } = part.counts;
      const said = JSON.stringify([submitted, updated, notFound, failed, ignored]);
      const { batchSize, successfulUpdates, profilesNotFound, failedUpdates, ignoredRows } = batch;
      const counted = JSON.stringify([batchSize, successfulUpdates, profilesNotFound, failedUpdates, ignoredRows]);
      if (said !== counted) return `it counts ${said}, and the service ${counted}.`;
      const isAllWell = notFound + failed === 0;
      return isAllWell === (part.state === 'done') ? undefined : `${notFound + failed} rows were not taken.`;
    }
    case 'stuck':
      return status === 'stuck' ? undefined : `its batch was ${status}.`;
    case 'timed-out':
      if (part.error?.retryable === false || endedAt - startedAt >= deadlineMs) return undefined;
      // Who shares the account's calls may have to wait a minute for a turn.
      if (kill !== undefined && startedAt + deadlineMs - endedAt < PACE_WINDOW_MS) return undefined;
      // A closed window that opens after the deadline leaves nothing to wait for.
      if (calls.some(({ windowClosedAt = -Infinity }) => windowClosedAt + CLOSED_WINDOW_MS_MAX > endedAt))
        return undefined;
      return `it was given up after ${endedAt - startedAt} ms of ${deadlineMs}.`;
    case 'interrupted':
      return interruptedAt === undefined ? 'nobody interrupted it.' : undefined;
    case 'failed':
      return undefined;
    default:
      return 'nobody asked for this state.';
  }
}

/** What may pass is tried again, for as long as was agreed; the next pause may be what makes it too long. */
function untruthOfGivingUp({ state, error }: PartReport, { startedAt, endedAt, calls }: RunEvidence) {
  if (state !== 'failed' || error?.retryable !== true || isDoubtful(error, calls)) return undefined;
  const tookMs = endedAt - startedAt;
  return tookMs < OUTAGE_MAX_MS - PAUSE_MS_MAX ? `it was given up after ${tookMs} ms of ${OUTAGE_MAX_MS}.` : undefined;
}

/** Nobody has accepted anything: perhaps there is nobody. */
const isDoubtful = (error: UploadError, calls: RunEvidence['calls']): boolean =>
  error.code === 'reply-unreadable' && !calls.some(({ toldSuccess }) => toldSuccess);

const PAUSE_MS_MAX = 65_000;
const PACE_WINDOW_MS = 60_000;

/** A 503 closes it for a minute and a little more (lim-calls-min). */
const CLOSED_WINDOW_MS_MAX = 65_000;
