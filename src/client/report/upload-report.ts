/** What an upload came to: each part with its link and counts, and the sum. */
import type { InputWarning } from '../plan/input-warning.ts';
import type { UploadPlan } from '../plan/upload-plan.ts';
import type { ProblemTally } from '../read/input-problem.ts';
import type { UploadError } from '../upload-error.ts';

export type UploadResult = InputRefused | UploadReport;

/** The input has problems: nothing was sent. */
export interface InputRefused {
  readonly kind: 'input-refused';
  readonly input: string;
  readonly problems: ProblemTally;
  /** As far as the input was read. */
  readonly warnings: readonly InputWarning[];
  /** Rows read, good and bad. */
  readonly rows: number;
}

/**
 * - `skipped`: not among `onlyPart`.
 * - `not-sent`: an earlier part failed, or the upload was interrupted first.
 * - `submitted`: accepted; nobody waited for it.
 * - `done`: complete, every row accounted for as updated or empty (or the service gives no counters).
 * - `rejected-rows`: complete, but rows were not found, failed or are missing from the counters.
 * - `stuck`: the service says it cannot finish.
 * - `timed-out`: accepted, but its end was not seen in time or its status could not be read; `link` tells later.
 * - `failed`: not accepted; `error` says why, `error.retryable` whether sending again helps.
 * - `interrupted`: the signal came while it was being sent or waited for; with a `link` it was accepted.
 */
export type PartState =
  'skipped' | 'not-sent' | 'submitted' | 'done' | 'rejected-rows' | 'stuck' | 'timed-out' | 'failed' | 'interrupted';

/** The worst of the parts: interrupted, failed for good, stuck, timed out, failed for now, rejected rows, submitted, done. */
export type UploadState = 'done' | 'submitted' | 'rejected-rows' | 'stuck' | 'timed-out' | 'failed' | 'interrupted';

export interface PartCounts {
  /** Rows sent to a service that accepted them. */
  readonly submitted: number;
  /** Updated or created: the service does not tell which (cnt-created-as-success). */
  readonly updated: number;
  readonly notFound: number;
  readonly failed: number;
  /** Rows without any value, which the service says it ignores. */
  readonly ignored: number;
  /** Submitted, but in none of the above, or not yet. */
  readonly unaccounted: number;
}

export interface PartReport {
  readonly part: number;
  readonly state: PartState;
  readonly rows: number;
  readonly bytes: number;
  /** Whether the service answered `success=true`. */
  readonly accepted: boolean;
  /** How often the part was sent. */
  readonly attempts: number;
  /**
   * Attempts that were sent wholly and whose answer was lost. Any on an accepted part: it may have been applied more
   * than once. Any on another: it may have been applied.
   */
  readonly ambiguousAttempts: number;
  /** As the service gave it; undefined also where that holds what no link holds. Quote it before a shell sees it. */
  readonly link: string | undefined;
  readonly counts: PartCounts;
  /** A sentence where the service speaks of another number of rows than were sent. */
  readonly discrepancy: string | undefined;
  /** Of failed rows, where the service names them; at most 100,000. */
  readonly failedIds: readonly string[];
  readonly error: UploadError | undefined;
}

/** Profiles fetched after their rows were said to be applied. */
export interface Verification {
  readonly fetched: number;
  /** Ids whose profile is not there. */
  readonly missing: readonly string[];
  /** Ids whose profile does not hold what was sent; somebody else may have written it since. */
  readonly different: readonly string[];
  /** Could not be asked for. */
  readonly unknown: number;
}

export interface UploadReport {
  readonly kind: 'report';
  readonly state: UploadState;
  readonly plan: UploadPlan;
  readonly parts: readonly PartReport[];
  readonly total: PartCounts;
  /** Rows left out because of `onProblem: 'skip'`, with their problems. */
  readonly skippedRows: number;
  readonly problems: ProblemTally;
  /** The job, where it is remembered: `--resume` goes on with it. */
  readonly job: string | undefined;
  /** Parts that a resume sends or follows. */
  readonly openParts: readonly number[];
  /** Links of parts that were accepted and whose end is not known yet; without those that are not to be followed. */
  readonly openLinks: readonly string[];
  /** Whether some part may have been applied more than once. */
  readonly maybeTwice: boolean;
  /** What became of sampled profiles, where that was asked for. */
  readonly verification: Verification | undefined;
  /** Why the files of `outcomes` are not all there. */
  readonly outcomesError: UploadError | undefined;
  readonly error: UploadError | undefined;
}
