/** Puts together what became of each part, and of the whole. */
import type { FollowOutcome, StatusReading } from '../follow/follow-links.ts';
import { LINK_LENGTH_MAX } from '../follow/link-guard.ts';
import type { Job } from '../jobs/job.ts';
import type { PlannedPart } from '../plan/upload-plan.ts';
import type { Submission } from '../send/submit-part.ts';
import { UploadError, isUploadError } from '../upload-error.ts';
import type { PartCounts, PartReport, PartState, UploadReport, UploadState } from './upload-report.ts';

const NO_COUNTS: PartCounts = { submitted: 0, updated: 0, notFound: 0, failed: 0, ignored: 0, unaccounted: 0 };
const COUNT_NAMES = Object.keys(NO_COUNTS) as (keyof PartCounts)[];

/** A part that was not sent in this run; what earlier ones tried is told. */
export function unsentPart(
  { part, rows, bytes }: PlannedPart,
  state: PartState,
  { attempts, ambiguousAttempts } = { attempts: 0, ambiguousAttempts: 0 },
): PartReport {
  const tried = { part, state, rows, bytes, accepted: false, attempts, ambiguousAttempts, link: undefined };
  return { ...tried, counts: NO_COUNTS, discrepancy: undefined, failedIds: [], error: undefined };
}

/** A part that was sent, and, where somebody looked, what its status said. */
export function sentPart(part: PlannedPart, submission: Submission, followed?: FollowOutcome): PartReport {
  if (submission.kind !== 'accepted') {
    const error = submission.kind === 'failed' ? submission.error : interruptedError();
    return { ...unsentPart(part, submission.kind, submission), error };
  }
  const counts = countsOf(part, followed?.reading);
  const discrepancy = discrepancyOf(part, followed?.reading);
  return {
    ...unsentPart(part, followed === undefined ? 'submitted' : stateOf(followed, counts, discrepancy), submission),
    accepted: true,
    link: isPrintable(submission.link) ? submission.link : undefined,
    counts,
    discrepancy,
    failedIds: followed?.reading?.failedIds ?? [],
    error: followed?.error,
  };
}

function stateOf({ kind, reading }: FollowOutcome, counts: PartCounts, discrepancy: string | undefined): PartState {
  if (kind !== 'complete') return STATES[kind];
  if (discrepancy !== undefined) return 'rejected-rows';
  // A service that gives no counters at all has nothing to reconcile with.
  if (reading?.successfulUpdates === undefined && counts.failed === 0) return 'done';
  return counts.notFound + counts.failed + counts.unaccounted > 0 ? 'rejected-rows' : 'done';
}

const STATES: Readonly<Record<Exclude<FollowOutcome['kind'], 'complete'>, PartState>> = {
  stuck: 'stuck',
  interrupted: 'interrupted',
  'asked-once': 'submitted',
  'timed-out': 'timed-out',
  refused: 'timed-out',
};

/** Where the service speaks of another number of rows than were sent; it may or may not count those without values. */
function discrepancyOf({ rows, emptyRows }: PlannedPart, reading: StatusReading | undefined): string | undefined {
  const { batchSize, successfulUpdates = 0, profilesNotFound = 0, failedUpdates = 0 } = reading ?? {};
  if (batchSize !== undefined && (batchSize > rows || batchSize < rows - emptyRows))
    return `The service says that the batch has ${batchSize} rows; ${rows} were sent.`;
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

/** A link is shown to people and pasted into shells; what could not be followed is not shown either. */
const isPrintable = (link: string): boolean => link.length <= LINK_LENGTH_MAX && /^[\x21-\x7e]+$/.test(link);

/** The sum. `error` is an error of the whole, such as an interruption before the first part. */
export function makeReport(
  job: Pick<Job, 'id' | 'isRemembered' | 'plan'>,
  parts: readonly PartReport[],
  interrupted: boolean,
): UploadReport {
  const { plan } = job;
  const worst =
    parts.find((part) => part.error !== undefined && part.state === 'failed') ?? parts.find((part) => part.error);
  return {
    kind: 'report',
    job: job.isRemembered ? job.id : undefined,
    state: stateOfAll(parts, interrupted),
    plan,
    parts,
    total: sumOf(parts),
    skippedRows: plan.skippedRows,
    problems: plan.problems,
    openParts: parts.flatMap(({ part, state }) => (SETTLED.has(state) ? [] : [part])),
    openLinks: parts.flatMap((part) => (isOpen(part) ? [part.link!] : [])),
    maybeTwice: parts.some((part) => part.ambiguousAttempts > 0 && part.accepted),
    verification: undefined,
    outcomesError: undefined,
    error: worst?.error ?? (interrupted ? interruptedError() : undefined),
  };
}

/** What no resume changes. */
const SETTLED: ReadonlySet<PartState> = new Set(['done', 'rejected-rows']);

const isOpen = ({ link, state, error }: PartReport): boolean =>
  link !== undefined && !SETTLED.has(state) && state !== 'stuck' && !isUploadError(error, 'link-refused');

function stateOfAll(parts: readonly PartReport[], interrupted: boolean): UploadState {
  const states = new Set(parts.map(({ state }) => state));
  if (interrupted || states.has('interrupted')) return 'interrupted';
  if (parts.some(({ state, error }) => state === 'failed' && error?.retryable === false)) return 'failed';
  return WORST_FIRST.find((state) => states.has(state)) ?? 'done';
}

const WORST_FIRST = ['stuck', 'timed-out', 'failed', 'rejected-rows', 'submitted'] as const satisfies UploadState[];

function sumOf(parts: readonly PartReport[]): PartCounts {
  const sum: Record<keyof PartCounts, number> = { ...NO_COUNTS };
  for (const { counts } of parts) for (const name of COUNT_NAMES) sum[name] += counts[name];
  return sum;
}

const interruptedError = (): UploadError => new UploadError('interrupted', 'The upload was interrupted.');
