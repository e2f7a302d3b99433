/** From an input to a job that can be sent, by whichever way: read, judged, told apart into parts and, with a state folder, written down. */
import { digested } from './jobs/fingerprint.ts';
import { Job, jobId } from './jobs/job.ts';
import type { Jobs } from './jobs/jobs.ts';
import { partBodies } from './plan/part-bodies.ts';
import { surveyInput, type SurveyOptions } from './plan/survey-input.ts';
import type { UploadPlan } from './plan/upload-plan.ts';
import type { RunOptions } from './progress.ts';
import { openInput, type UploadSource } from './read/open-input.ts';
import { problemFiles } from './report/outcome-files.ts';
import type { InputRefused } from './report/upload-report.ts';
import { type Clock, epochMs } from './runtime/clock.ts';
import { HeldBytes } from './spool/held-bytes.ts';
import { withSpool } from './spool/private-directory.ts';

interface Preparation {
  readonly jobs: Jobs | undefined;
  readonly account: string;
  /** What a resume needs to know. */
  readonly options: object;
  readonly judging: SurveyOptions;
  /** Throws for an input that cannot go there. */
  readonly assertFits?: (plan: UploadPlan) => void;
  /** Folder for files of problem rows. */
  readonly outcomes?: string | undefined;
  readonly temporaryDirectory?: string | undefined;
  readonly services: { readonly clock: Clock; readonly random: { next(): number } };
}

/** Of a job that comes to nothing before it can be sent, nothing stays. */
export function withPreparedJob<Result>(
  source: UploadSource,
  { jobs, judging, assertFits, outcomes, temporaryDirectory, services, ...about }: Preparation,
  run: RunOptions,
  send: (job: Job) => Promise<Result>,
): Promise<Result | InputRefused> {
  return withSpool(temporaryDirectory, run, async (spool) => {
    const input = await openInput(source, run.signal);
    const preparing = jobs?.begin({ ...about, input: input.name });
    const id = preparing?.id ?? jobId(epochMs(services.clock), services.random);
    const files = preparing?.files ?? spool;
    let job: Job | undefined;
    try {
      const problems = outcomes === undefined ? undefined : problemFiles(outcomes, id, input.name);
      const fingerprinted = preparing && digested(input);
      const held = new HeldBytes(files, 'rows');
      const told = { ...run, onInputProblem: problems?.add };
      const reading = surveyInput(fingerprinted ?? input, judging, told, held);
      // Before anything else: what cannot be written there ends the upload.
      await reading.catch(() => undefined);
      await problems?.close();
      const survey = await reading;
      if (survey.kind === 'input-refused') return survey;
      const { plan, header } = survey;
      assertFits?.(plan);
      run.onProgress?.({ kind: 'planned', plan, job: preparing?.id });
      const bodies = await partBodies(survey, held, { areKept: preparing !== undefined }, files, run);
      const digest = fingerprinted?.digest() ?? '';
      job = preparing?.ready({ plan, header, digest }) ?? new Job(id, plan, bodies);
    } finally {
      if (job === undefined) preparing?.abandon();
    }
    return send(job);
  });
}
