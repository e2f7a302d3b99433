/** What following a status link came to. */
import type { UploadError } from '../upload-error.ts';

/** One reading of a status. The counters are there once the service gives details. */
export interface StatusReading {
  readonly batchId: string;
  readonly status: 'complete' | 'incomplete' | 'stuck';
  readonly batchSize: number | undefined;
  readonly consumedCount: number | undefined;
  readonly successfulUpdates: number | undefined;
  readonly profilesNotFound: number | undefined;
  readonly failedUpdates: number | undefined;
  /** Where the service names failed rows (res-row-2017, res-row-2020-after): the first 100,000 of their ids. */
  readonly failedIds: readonly string[];
}

export interface FollowOutcome {
  /** `asked-once` is the answer to `wait: false`; `timed-out` may carry the last reading and the last error. */
  readonly kind: 'complete' | 'stuck' | 'timed-out' | 'interrupted' | 'refused' | 'asked-once';
  readonly link: string;
  readonly reading: StatusReading | undefined;
  /** Status requests made. */
  readonly polls: number;
  readonly error: UploadError | undefined;
}
