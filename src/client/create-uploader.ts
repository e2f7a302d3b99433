/** The uploader's one entry: options and dependencies in, `plan`, `upload` and `follow` out. */
import { carryOut } from './carry-out.ts';
import { followLink } from './follow/follow-link.ts';
import type { FollowOutcome } from './follow/follow-links.ts';
import { digested, keptOptions } from './jobs/fingerprint.ts';
import { Job } from './jobs/job.ts';
import { jobId } from './jobs/job-id.ts';
import type { PreparingJob } from './jobs/jobs.ts';
import { type JobsPlace, withJobs } from './jobs/with-jobs.ts';
import { partBodies } from './plan/part-bodies.ts';
import { surveyInput } from './plan/survey-input.ts';
import type { UploadPlan } from './plan/upload-plan.ts';
import type { RunOptions } from './progress.ts';
import { openInput } from './read/open-input.ts';
import type { UploadSource } from './read/upload-source.ts';
import { type ProblemFiles, problemFiles } from './report/outcome-files.ts';
import type { InputRefused, UploadResult } from './report/upload-report.ts';
import { epochMs } from './runtime/clock.ts';
import { accountOf, makeServices, type UploaderDependencies } from './services.ts';
import { HeldBytes } from './spool/held-bytes.ts';
import { withSpool } from './spool/private-directory.ts';
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
    async plan(source, run = {}) {
      const result = await withSpool(temporaryDirectory, run, async (spool) =>
        surveyInput(await openInput(source, run.signal, spool), judging, run),
      );
      return result.kind === 'survey' ? result.plan : result;
    },

    upload: (source, run = {}) =>
      withJobs(given, own, async (jobs) => {
        const services = jobs === undefined ? own : makeServices(options, given, (account) => jobs.ledger(account));
        const account = accountOf(services.endpoint, options.client);
        return withSpool(temporaryDirectory, run, async (spool) => {
          const input = await openInput(source, run.signal);
          const preparing = jobs?.begin({ account, input: input.name, options: keptOptions(options) });
          const id = preparing?.id ?? jobId(epochMs(services.clock), services.random);
          const problems = options.outcomes === undefined ? undefined : problemFiles(options.outcomes, id, input.name);
          const prepared = await prepare(preparing, async () => {
            const fingerprinted = preparing === undefined ? undefined : digested(input);
            const files = preparing?.files ?? spool;
            const held = new HeldBytes(files, 'rows');
            const told = { ...run, onInputProblem: problems?.add };
            const reading = surveyInput(fingerprinted ?? input, judging, told, held);
            const surveyed = await closedAfter(reading, problems);
            if (surveyed.kind === 'input-refused') return surveyed;
            const { plan, header } = surveyed;
            run.onProgress?.({ kind: 'planned', plan, job: preparing?.id });
            const areKept = preparing !== undefined;
            const bodies = await partBodies(surveyed, held, { areKept }, files, run);
            const digest = fingerprinted?.digest() ?? '';
            return preparing?.ready({ plan, header, digest }) ?? new Job(id, plan, bodies);
          });
          if ('kind' in prepared) return prepared;
          return carryOut({ ...run, job: prepared, jobs, options, services });
        });
      }),

    follow: (link, run = {}) => followLink(link, { ...options, ...own, ...run, endpoint: options.endpoint }),
  };
}

/** Of a job that came to nothing before it could be sent, nothing stays. */
export async function prepare(
  preparing: PreparingJob | undefined,
  work: () => Promise<Job | InputRefused>,
): Promise<Job | InputRefused> {
  let prepared: Job | InputRefused | undefined;
  try {
    return (prepared = await work());
  } finally {
    if (prepared === undefined || 'kind' in prepared) preparing?.abandon();
  }
}

async function closedAfter<Result>(work: Promise<Result>, files: ProblemFiles | undefined): Promise<Result> {
  try {
    return await work;
  } finally {
    await files?.close();
  }
}
