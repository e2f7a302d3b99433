/** Judges a file for what it is, without an account, without a network: a batch file as the API would, an export as an upload would. */
import type { z } from 'zod';
import { CALLS_PER_MINUTE_MAX, type Settings } from '../../protocol/vocabulary/index.ts';
import { readRun, readSettings } from '../call-options.ts';
import { batchAlone } from '../plan/read-encoded.ts';
import { surveyInput, type SurveyOptions } from '../plan/survey-input.ts';
import type { UploadPlan } from '../plan/upload-plan.ts';
import type { RunOptions } from '../progress.ts';
import { assertSource, fileBytes, openInput, readable } from '../read/open-input.ts';
import { peeked } from '../read/peeked.ts';
import type { OneSource, UploadSource } from '../read/upload-source.ts';
import type { InputRefused } from '../report/upload-report.ts';
import { withSpool } from '../spool/private-directory.ts';
import { inputOptionsSchema, readOptionsBy, uploadOptionsSchema } from '../upload-options.ts';
import { type CheckReport, INTERRUPTED, judgedBatchFile, orInterrupted } from './check-batch-file.ts';

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
  return judged(source, { ...options, callsPerMinute: pace }, readRun(run));
}

export async function judged(
  source: UploadSource,
  judging: SurveyOptions,
  run: RunOptions,
  temporaryDirectory?: string,
): Promise<UploadPlan | InputRefused> {
  const survey = await withSpool(
    temporaryDirectory,
    run,
    async (spool) => surveyInput(await openInput(source, run.signal, spool), judging, run),
    INTERRUPTED,
  );
  return survey.kind === 'survey' ? survey.plan : survey;
}

export type FileCheck =
  | { readonly kind: 'batch-file'; readonly report: CheckReport }
  | { readonly kind: 'export'; readonly result: UploadPlan | InputRefused };

/**
 * Judges a file as what it is: a batch file as the API would, an export as an upload would read it. `settings` are the
 * readings to judge a batch file by, `options` say how an export is to be read; what is left out is the default.
 *
 * @throws `options-invalid`, `input-unreadable`, `input-changed`, `spool-unusable` or `interrupted`.
 *
 * @example
 * const checked = await checkFile('export.csv', {}, { idColumn: 'customer_id' });
 */
export async function checkFile(
  source: OneSource,
  settings: Partial<Settings> = {},
  options: CheckOptions = {},
  run: RunOptions = {},
): Promise<FileCheck> {
  const { signal } = readRun(run);
  const input = readOptionsBy(checkOptionsSchema, options);
  const judgedBy = readSettings(settings);
  assertSource(source);
  // A pipe of the shell can be read once, and is no file for an upload.
  const [name, chunks] =
    typeof source === 'string'
      ? [source, readable(source, fileBytes(source), signal)]
      : [source.name, (await openInput(source, signal)).files[0]!.open()];
  const { head, all, close } = await orInterrupted(peeked(chunks, HEAD_BYTES), signal);
  try {
    if (START_OF_BATCH_FILE.test(head.toString('latin1'))) {
      const { callsPerMinute: _, ...mapping } = input;
      const mapped = batchAlone(1, mapping);
      if (mapped === undefined) return { kind: 'batch-file', report: await judgedBatchFile(all, judgedBy, signal) };
      const problems = { count: 1, counts: { [mapped.code]: 1 }, first: [mapped] };
      return { kind: 'export', result: { kind: 'input-refused', input: name, problems, warnings: [], rows: 0 } };
    }
    // A file is opened anew, so that nobody need copy it and a change is noticed.
    if (typeof source === 'string') await close();
    return {
      kind: 'export',
      result: await checkInput(typeof source === 'string' ? source : { name, chunks: all }, options, run),
    };
  } finally {
    await close();
  }
}

/** Perhaps behind blanks and a byte order mark: what the API would say to those is what is asked. */
const START_OF_BATCH_FILE = /^(?:\s|\xEF\xBB\xBF)*batch=/i;
const HEAD_BYTES = 64;
