/** The uploader's entries: options and dependencies in; `plan`, `upload` and `follow` out, or a job that goes on. */
import { assertCall, readRun } from './call-options.ts';
import { carryOut } from './carry-out.ts';
import { judged } from './check/check-file.ts';
import { followOne, type FollowOutcome } from './follow/follow-links.ts';
import { assertSameInput, digested, keptOptions, resumedOptions } from './jobs/fingerprint.ts';
import { type JobsPlace, kept, withJobs } from './jobs/with-jobs.ts';
import type { UploadPlan } from './plan/upload-plan.ts';
import { withPreparedJob } from './prepare-job.ts';
import type { RunOptions } from './progress.ts';
import { openInput, type UploadSource } from './read/open-input.ts';
import type { InputRefused, UploadReport, UploadResult } from './report/upload-report.ts';
import { systemClock, systemRandom } from './runtime/clock.ts';
import { type Errand, makeServices, type UploaderDependencies } from './services.ts';
import { withSpool } from './spool/private-directory.ts';
import { oldNode } from '../sqlite/node-version.ts';
import { UploadError } from './upload-error.ts';
import { readOptionsBy, type UploadOptions, uploadOptionsSchema } from './upload-options.ts';

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
  const options = readOptionsBy(uploadOptionsSchema, optionsAlone(given));
  const { temporaryDirectory } = given;
  // One for all uploads of this object, so that they share its pace.
  const own = makeServices(options, given);
  const judging = { ...options, callsPerMinute: own.callsPerMinute };

  return {
    plan: async (source, run = {}) => judged(source, judging, readRun(run), temporaryDirectory),

    upload: async (source, run = {}) => {
      readRun(run);
      return withJobs(given, own, async (jobs) => {
        const services = jobs === undefined ? own : makeServices(options, given, jobs);
        const about = { jobs, services, account: services.account, options: keptOptions(options), judging };
        return withPreparedJob(source, { ...about, outcomes: options.outcomes, temporaryDirectory }, run, (job) =>
          carryOut({ ...options, ...services, ...run, job, jobs }),
        );
      });
    },

    follow: async (link, run = {}) =>
      followOne(link, { ...options, ...own, ...readRun(run), endpoint: options.endpoint }),
  };
}

/** Options of the job hold; those given here must be the same, or of the kind that changes nothing of what is sent. */
export type ResumeOptions = Partial<UploaderOptions>;

/**
 * Goes on with a job: `which` is its id, or `latest` for the youngest that can be resumed. Its options hold by default, and
 * a `source` must be its own input.
 *
 * @throws `job-unknown`, `job-busy`, `job-differs`, `newer-upload`, `state-unusable` or `options-invalid`.
 *
 * @example
 * const report = await resumeUpload('latest', { state: '/var/lib/crm/tpe', token });
 */
export async function resumeUpload(
  which: string,
  given: ResumeOptions,
  run: RunOptions & { readonly source?: UploadSource } = {},
): Promise<UploadReport> {
  assertCall('resumeRun', run);
  const { token, ...changes } = optionsAlone(given);
  const { clock = systemClock(), random = systemRandom(), temporaryDirectory } = given;
  return withJobs(given, { clock, random }, async (jobs) => {
    const { source, ...told } = run;
    const { job, options: before, digest } = kept(jobs).resume(which);
    let errand: Errand | undefined;
    try {
      const options = readOptionsBy(uploadOptionsSchema, { ...resumedOptions(job.id, before, changes), token });
      if (source !== undefined) assertSameInput(job.id, digest, await digestOf(source, temporaryDirectory, told));
      told.onProgress?.({ kind: 'planned', plan: job.plan, job: job.id });
      errand = { ...options, ...makeServices(options, given, jobs), ...told, job, jobs };
    } finally {
      if (errand === undefined) job.release();
    }
    return carryOut(errand);
  });
}

/** Without what they are carried out with. A caller without types may have passed anything. */
function optionsAlone(given: ResumeOptions): Partial<UploadOptions> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw noOptions();
  const tooOld = oldNode();
  if (tooOld !== undefined) throw UploadError.ofOptions([tooOld]);
  assertCall('dependencies', given);
  const { transport: _, clock: __, random: ___, temporaryDirectory: ____, ...others } = given;
  const { state: _state, keepDays: _keepDays, jobs: _jobs, ...options } = others;
  return options;
}

const digestOf = (source: UploadSource, parent: string | undefined, run: RunOptions) =>
  withSpool(parent, run, async () => {
    const input = digested(await openInput(source, run.signal));
    for (const file of input.files) for await (const _ of file.open());
    return { name: input.name, digest: input.digest() };
  });

const noOptions = () =>
  UploadError.ofOptions(["The options are an object, such as { endpoint: 'http://127.0.0.1:8181', client: 'demo' }."]);
