/** Judges an input as an upload would, without an account, without a network. */
import type { z } from 'zod';
import { CALLS_PER_MINUTE_MAX } from '../protocol/vocabulary/index.ts';
import { surveyInput } from './plan/survey-input.ts';
import type { UploadPlan } from './plan/upload-plan.ts';
import { openInput } from './read/open-input.ts';
import type { UploadSource } from './read/upload-source.ts';
import type { InputRefused } from './report/upload-report.ts';
import { withSpool } from './spool/private-directory.ts';
import { inputOptionsSchema, readOptionsBy, uploadOptionsSchema } from './upload-options.ts';
import type { RunOptions } from './progress.ts';

const { partBytesMax, partRowsMax, callsPerMinute } = uploadOptionsSchema.shape;
/** What `checkInput` takes: everything about input and parts, nothing about the network but its pace. */
export const checkOptionsSchema = inputOptionsSchema.extend({ partBytesMax, partRowsMax, callsPerMinute });

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
  const { callsPerMinute: pace = CALLS_PER_MINUTE_MAX, ...options } = readOptionsBy(checkOptionsSchema, given);
  const survey = await withSpool(undefined, run, async (spool) =>
    surveyInput(await openInput(source, run.signal, spool), { ...options, callsPerMinute: pace }, run),
  );
  return survey.kind === 'survey' ? survey.plan : survey;
}
