/** Judges an input as an upload would, without an account, without a network. */
import type { z } from 'zod';
import { CALLS_PER_MINUTE_MAX } from '../protocol/vocabulary/index.ts';
import { surveyInput, type SurveyOptions } from './plan/survey-input.ts';
import type { UploadPlan } from './plan/upload-plan.ts';
import { openInput } from './read/open-input.ts';
import type { UploadSource } from './read/upload-source.ts';
import type { InputRefused } from './report/upload-report.ts';
import { withSpool } from './spool/private-directory.ts';
import { inputOptionsSchema, readOptionsBy, uploadOptionsSchema } from './upload-options.ts';
import type { RunOptions } from './progress.ts';

/** What `checkInput` takes: everything about input and parts, nothing about the network but its pace. */
export const checkOptionsSchema = inputOptionsSchema.extend(
  uploadOptionsSchema.pick({ partBytesMax: true, partRowsMax: true, callsPerMinute: true }).shape,
);

export type CheckOptions = z.input<typeof checkOptionsSchema>;

/**
 * What would be sent, and what is wrong or hardly meant: the same as `Uploader.plan`. The options are those of an upload by
 * default; `callsPerMinute` is that of a real host unless given.
 *
 * @throws `options-invalid`, `input-unreadable`, `input-changed`, `spool-unusable` or `interrupted`.
 *
 * @example
 * const checked = await checkInput('crm.csv', { idColumn: 'customer_id' });
 */
export async function checkInput(
  source: UploadSource,
  given: CheckOptions = {},
  run: RunOptions = {},
): Promise<UploadPlan | InputRefused> {
  const { callsPerMinute = CALLS_PER_MINUTE_MAX, ...options } = readOptionsBy(checkOptionsSchema, given);
  return judged(source, { ...options, callsPerMinute }, run);
}

export async function judged(
  source: UploadSource,
  judging: SurveyOptions,
  run: RunOptions,
  temporaryDirectory?: string,
): Promise<UploadPlan | InputRefused> {
  const survey = await withSpool(temporaryDirectory, run, async (spool) =>
    surveyInput(await openInput(source, run.signal, spool), judging, run),
  );
  return survey.kind === 'survey' ? survey.plan : survey;
}
