/** Goes on with a job that another process, or this one, began: sends what is to be sent, follows what was accepted. */
import { carryOut } from './carry-out.ts';
import type { UploaderOptions } from './create-uploader.ts';
import { assertSameInput, digested, resumedOptions } from './jobs/fingerprint.ts';
import { withKeptJobs } from './jobs/with-jobs.ts';
import type { RunOptions } from './progress.ts';
import { openInput } from './read/open-input.ts';
import type { UploadSource } from './read/upload-source.ts';
import type { UploadReport } from './report/upload-report.ts';
import { systemClock, systemRandom } from './runtime/clock.ts';
import { type Errand, makeServices } from './services.ts';
import { withSpool } from './spool/private-directory.ts';
import { assertOptions, readOptionsBy, uploadOptionsSchema } from './upload-options.ts';

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
  assertOptions(given);
  const { transport: _, clock = systemClock(), random = systemRandom(), temporaryDirectory, ...rest } = given;
  const { state: _state, keepDays: _keepDays, jobs: _jobs, token, ...changes } = rest;
  return withKeptJobs(given, { clock, random }, async (jobs) => {
    const { source, ...told } = run;
    const { job, options: kept, digest } = jobs.resume(which);
    let errand: Errand | undefined;
    try {
      const options = readOptionsBy(uploadOptionsSchema, { ...resumedOptions(job.id, kept, changes), token });
      const services = makeServices(options, given, jobs);
      if (source !== undefined) assertSameInput(job.id, digest, await digestOf(source, temporaryDirectory, told));
      errand = { ...told, job, jobs, options, services };
    } finally {
      if (errand === undefined) job.release();
    }
    told.onProgress?.({ kind: 'planned', plan: job.plan, job: job.id });
    return carryOut(errand);
  });
}

const digestOf = (source: UploadSource, parent: string | undefined, run: RunOptions) =>
  withSpool(parent, run, async () => {
    const input = digested(await openInput(source, run.signal));
    for (const file of input.files) for await (const _ of file.open());
    return { name: input.name, digest: input.digest() };
  });
