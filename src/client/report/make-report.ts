/** Puts together what became of each part, and of the whole. */
import type { FollowOutcome, StatusReading } from '../follow/follow-outcome.ts';
import { LINK_LENGTH_MAX } from '../follow/link-guard.ts';
import type { PlannedPart, UploadPlan } from '../plan/upload-plan.ts';
import type { Submission } from '../send/submit-part.ts';
import { unreachable } from '../unreachable.ts';
import { UploadError, isUploadError } from '../upload-error.ts';
import type { PartCounts, PartReport, PartState, UploadReport, UploadState } from './upload-report.ts';

const NO_COUNTS: PartCounts = { submitted: 0, updated: 0, notFound: 0, failed: 0, ignored: 0, unaccounted: 0 };

/** A part that was not sent in this run; what earlier ones tried is told. */
export function unsentPart(
  part: PlannedPart,
  state: 'skipped' | 'not-sent',
  tried: Pick<Submission, 'attempts' | 'ambiguousAttempts'> = { attempts: 0, ambiguousAttempts: 0 },
): PartReport {
  return partReport(part, state, tried, undefined, NO_COUNTS, undefined);
}

/** A part that was sent, and, where somebody looked, what its status said. */
export function sentPart(part: PlannedPart, submission: Submission, followed?: FollowOutcome): PartReport {
  switch (submission.kind) {
    case 'failed':
      return partReport(part, 'failed', submission, undefined, NO_COUNTS, submission.error);
    case 'interrupted':
      return partReport(part, 'interrupted', submission, undefined, NO_COUNTS, interruptedError());
    case 'accepted': {
      const counts = countsOf(part, followed?.reading);
      const link = isPrintable(submission.link) ? submission.link : undefined;
      if (followed === undefined) return partReport(part, 'submitted', submission, link, counts, undefined);
      const discrepancy = discrepancyOf(part, followed.reading);
      const state = stateOf(followed, counts, discrepancy);
      const failedIds = followed.reading?.failedIds ?? [];
      return { ...partReport(part, state, submission, link, counts, followed.error), discrepancy, failedIds };
    }
    default:
      return unreachable(submission);
  }
}

function stateOf(followed: FollowOutcome, counts: PartCounts, discrepancy: string | undefined): PartState {
  switch (followed.kind) {
    case 'complete': {
      if (discrepancy !== undefined) return 'rejected-rows';
      // A service that gives no counters at all has nothing to reconcile with.
      if (followed.reading?.successfulUpdates === undefined && counts.failed === 0) return 'done';
      return counts.notFound + counts.failed + counts.unaccounted > 0 ? 'rejected-rows' : 'done';
    }
    case 'stuck':
      return 'stuck';
    case 'interrupted':
      return 'interrupted';
    case 'asked-once':
      return 'submitted';
    case 'timed-out':
    case 'refused':
      return 'timed-out';
    default:
      return unreachable(followed.kind);
  }
}

/** Where the service speaks of another number of rows than were sent; it may or may not count those without values. */
function discrepancyOf({ rows, emptyRows }: PlannedPart, reading: StatusReading | undefined): string | undefined {
  const { batchSize, successfulUpdates = 0, profilesNotFound = 0, failedUpdates = 0 } = reading ?? {};
  if (batchSize !== undefined && (batchSize > rows || batchSize < rows - emptyRows)) {
    return `The service says that the batch has ${batchSize} rows; ${rows} were sent.`;
  }
  const counted = successfulUpdates + profilesNotFound + failedUpdates;
  return counted > rows ? `The service counts ${counted} rows; ${rows} were sent.` : undefined;
}

/** The service never says what it ignored; we know which rows were empty (our-empty-only-counters). */
function countsOf(part: PlannedPart, reading: StatusReading | undefined): PartCounts {
  const updated = reading?.successfulUpdates ?? 0;
  const notFound = reading?.profilesNotFound ?? 0;
  const failed = reading?.failedUpdates ?? 0;
  const rest = Math.max(0, part.rows - updated - notFound - failed);
  const ignored = reading?.status === 'complete' ? Math.min(rest, part.emptyRows) : 0;
  return { submitted: part.rows, updated, notFound, failed, ignored, unaccounted: rest - ignored };
}

function partReport(
  part: PlannedPart,
  state: PartState,
  { attempts, ambiguousAttempts }: { readonly attempts: number; readonly ambiguousAttempts: number },
  link: string | undefined,
  counts: PartCounts,
  error: UploadError | undefined,
): PartReport {
  const accepted = counts.submitted > 0;
  return {
    part: part.part,
    state,
    rows: part.rows,
    bytes: part.bytes,
    accepted,
    attempts,
    ambiguousAttempts,
    link,
    counts,
    discrepancy: undefined,
    failedIds: [],
    error,
  };
}

/** A link is shown to people and pasted into shells; what could not be followed is not shown either. */
function isPrintable(link: string): boolean {
  return link.length <= LINK_LENGTH_MAX && /^[\x21-\x7e]+$/.test(link);
}

export interface ReportedJob {
  readonly id: string;
  readonly isRemembered: boolean;
  readonly plan: UploadPlan;
}

/** The sum. `error` is an error of the whole, such as an interruption before the first part. */
export function makeReport(job: ReportedJob, parts: readonly PartReport[], interrupted: boolean): UploadReport {
  const { plan } = job;
  const worst =
    parts.find((part) => part.error !== undefined && part.state === 'failed') ?? parts.find((part) => part.error);
  return {
    kind: 'report',
    job: job.isRemembered ? job.id : undefined,
    state: stateOfAll(parts, interrupted),
    plan,
    parts,
    total: parts.reduce((sum, { counts }) => added(sum, counts), NO_COUNTS),
    skippedRows: plan.skippedRows,
    problems: plan.problems,
    openParts: parts.flatMap(({ part, state }) => (SETTLED.has(state) ? [] : [part])),
    openLinks: parts.flatMap((part) => (isOpen(part) ? [part.link!] : [])),
    maybeTwice: parts.some((part) => part.ambiguousAttempts > 0 && part.accepted),
    verification: undefined,
    error: worst?.error ?? (interrupted ? interruptedError() : undefined),
  };
}

/** What no resume changes. */
const SETTLED: ReadonlySet<PartState> = new Set(['done', 'rejected-rows']);

function isOpen({ link, state, error }: PartReport): boolean {
  return link !== undefined && !ENDED.has(state) && !isUploadError(error, 'link-refused');
}

const ENDED: ReadonlySet<PartState> = new Set(['done', 'rejected-rows', 'stuck']);

function stateOfAll(parts: readonly PartReport[], interrupted: boolean): UploadState {
  const has = (state: PartState, retryable?: boolean) =>
    parts.some((part) => part.state === state && (retryable === undefined || part.error?.retryable === retryable));
  if (interrupted || has('interrupted')) return 'interrupted';
  if (has('failed', false)) return 'failed';
  if (has('stuck')) return 'stuck';
  if (has('timed-out')) return 'timed-out';
  if (has('failed')) return 'failed';
  if (has('rejected-rows')) return 'rejected-rows';
  return has('submitted') ? 'submitted' : 'done';
}

function added(a: PartCounts, b: PartCounts): PartCounts {
  return {
    submitted: a.submitted + b.submitted,
    updated: a.updated + b.updated,
    notFound: a.notFound + b.notFound,
    failed: a.failed + b.failed,
    ignored: a.ignored + b.ignored,
    unaccounted: a.unaccounted + b.unaccounted,
  };
}

function interruptedError(): UploadError {
  return new UploadError('interrupted', 'The upload was interrupted.');
}
