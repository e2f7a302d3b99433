/** One job to be carried out, and all it is carried out with. */
import type { Job } from './jobs/job.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { Progress } from './progress.ts';
import type { Services } from './services.ts';
import type { CompleteOptions } from './upload-options.ts';

export interface Errand {
  readonly job: Job;
  /** Where it is remembered, beside others that may be in its way. */
  readonly jobs: Jobs | undefined;
  readonly options: CompleteOptions;
  readonly services: Services;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** What every call of an errand is made with. */
export function callContext({ services, options, signal, onProgress }: Errand) {
  const { transport, pace, clock, random } = services;
  return { transport, pace, clock, random, signal, token: options.token, onProgress };
}
