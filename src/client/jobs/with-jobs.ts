/** Opens the state folder for as long as something is done there, where there is one: SQLite is loaded for nothing else. */
import { DAY_MS } from '../../protocol/vocabulary/index.ts';
import { assertCall } from '../call-options.ts';
import { type Clock, systemClock, systemRandom } from '../runtime/clock.ts';
import { UploadError } from '../upload-error.ts';
import type { Jobs } from './jobs.ts';

export interface JobsPlace {
  /** Folder in which jobs are remembered; without one nothing is. */
  readonly state?: string | undefined;
  /** Days after which the rows of a job that nobody resumes go, at the next use of the folder. Default: 7. */
  readonly keepDays?: number | undefined;
  /** An opened folder, in place of `state`. */
  readonly jobs?: Jobs | undefined;
}

const KEEP_DAYS = 7;

/** @throws `state-unusable` */
export async function withJobs<Result>(
  { state, keepDays = KEEP_DAYS, jobs: given }: JobsPlace,
  { clock, random }: { readonly clock: Clock; readonly random: { next(): number } },
  work: (jobs: Jobs | undefined) => Promise<Result>,
): Promise<Result> {
  if (given !== undefined) return work(given);
  if (state === undefined) return work(undefined);
  const jobs = await openJobs(state, clock, random);
  try {
    jobs.sweep(keepDays * DAY_MS);
    return await work(jobs);
  } finally {
    jobs.close();
  }
}

/** @throws `job-unknown` without a place */
export function kept(jobs: Jobs | undefined): Jobs {
  if (jobs !== undefined) return jobs;
  throw new UploadError('job-unknown', 'No job is remembered: there is no state folder.');
}

/**
 * Opens a state folder, making it where it is missing: its jobs can be listed, shown and forgotten. Close it. Clock and
 * chance are the machine's by default. With `:memory:` the record is of this process alone, and the folder holds nothing
 * but rows.
 *
 * @throws `options-invalid`, `state-unusable`
 *
 * @example
 * const jobs = await openJobs('/var/lib/crm/tpe');
 * for (const job of jobs.list()) console.log(job.id, job.state, job.result);
 * jobs.close();
 */
export async function openJobs(
  path: string,
  clock = systemClock(),
  random = systemRandom(),
  database?: ':memory:',
): Promise<Jobs> {
  assertCall('jobsFolder', { path, clock, random, database });
  const loaded = await import('./jobs.ts');
  return new loaded.Jobs(path, clock, random, database);
}
