/** The uploader's one entry: options and dependencies in, `plan`, `upload` and `follow` out. */
import { carryOut } from './carry-out.ts';
import { judged } from './check-input.ts';
import { followLink } from './follow/follow-link.ts';
import type { FollowOutcome } from './follow/follow-links.ts';
import { keptOptions } from './jobs/fingerprint.ts';
import { type JobsPlace, withJobs } from './jobs/with-jobs.ts';
import type { UploadPlan } from './plan/upload-plan.ts';
import { withPreparedJob } from './prepare-job.ts';
import type { RunOptions } from './progress.ts';
import type { UploadSource } from './read/upload-source.ts';
import type { InputRefused, UploadResult } from './report/upload-report.ts';
import { makeServices, type UploaderDependencies } from './services.ts';
import { assertOptions, readOptionsBy, type UploadOptions, uploadOptionsSchema } from './upload-options.ts';

export type UploaderOptions = UploadOptions & UploaderDependencies & JobsPlace;

export interface Uploader {
  /**
   * Reads and judges the input, sends nothing.
   * Rejects with `input-unreadable`, `input-changed`, `spool-unusable` or `interrupted`.
   */
  plan(source: UploadSource, run?: RunOptions): Promise<UploadPlan | InputRefused>;
  /**
   * Reads and judges the input, then sends it part by part and, with `wait`, follows every part to its end.
   * Whatever the service does is in the report; until the first part is sent it rejects as `plan` does, and, with
   * `state`, with `state-unusable` or `job-busy`.
   */
  upload(source: UploadSource, run?: RunOptions): Promise<UploadResult>;
  /** Follows a status link as `upload` would. */
  follow(link: string, run?: RunOptions): Promise<FollowOutcome>;
}

/**
 * An uploader for one client code of one endpoint; defaults are those of `UPLOAD_DEFAULTS` and `UploaderDependencies`.
 *
 * @throws `options-invalid` for options that do not exist or hold, `production-not-confirmed` for an Adobe host without `production`.
 *
 * @example
 * const uploader = createUploader({ endpoint: 'http://127.0.0.1:8181', client: 'acme' });
 * const result = await uploader.upload('crm.csv');
 * if (result.kind === 'report') console.log(result.state, result.total);
 */
export function createUploader(given: UploaderOptions): Uploader {
  assertOptions(given);
  const { transport: _transport, clock: _clock, random: _random, temporaryDirectory, ...others } = given;
  const { state: _state, keepDays: _keepDays, jobs: _jobs, ...rest } = others;
  const options = readOptionsBy(uploadOptionsSchema, rest);
  // One for all uploads of this object, so that they share its pace.
  const own = makeServices(options, given);
  const judging = { ...options, callsPerMinute: own.callsPerMinute };

  return {
    plan: (source, run = {}) => judged(source, judging, run, temporaryDirectory),

    upload: (source, run = {}) =>
      withJobs(given, own, async (jobs) => {
        const services = jobs === undefined ? own : makeServices(options, given, jobs);
        const about = { jobs, services, account: services.account, options: keptOptions(options), judging };
        return withPreparedJob(source, { ...about, outcomes: options.outcomes, temporaryDirectory }, run, (job) =>
          carryOut({ ...run, job, jobs, options, services }),
        );
      }),

    follow: (link, run = {}) => followLink(link, { ...options, ...own, ...run, endpoint: options.endpoint }),
  };
}
