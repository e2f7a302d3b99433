/** Judges a file for what it is, without an account, without a network: a batch file as the API would, an export as an upload would. */
import type { z } from 'zod';
import { CALLS_PER_MINUTE_MAX } from '../../protocol/vocabulary/index.ts';
import type {
  Settings,
  DiagnosticTally,
  Rejection,
  RowFailure,
  VisitorIdKind,
} from '../../protocol/vocabulary/index.ts';
import { assertCall, readRun, readSettings } from '../call-options.ts';
import { batchAlone } from '../plan/read-encoded.ts';
import { surveyInput, type SurveyOptions } from '../plan/survey-input.ts';
import type { UploadPlan } from '../plan/upload-plan.ts';
import type { RunOptions } from '../progress.ts';
import { abortable } from '../read/abortable.ts';
import { assertSource, fileBytes, openInput, pieces, readable } from '../read/open-input.ts';
import type { Chunks, OneSource, UploadSource } from '../read/open-input.ts';
import { peeked } from '../read/peeked.ts';
import type { InputRefused } from '../report/upload-report.ts';
import { withSpool } from '../spool/private-directory.ts';
import { inputOptionsSchema, readOptionsBy, uploadOptionsSchema } from '../upload-options.ts';
import { diagnosticTallies } from '../../protocol/batch-file/diagnostic-tally.ts';
import { batchFileReader, resultOf } from '../../protocol/batch-file/read-batch-file.ts';
import { UploadError } from '../upload-error.ts';

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

export type FailedRow = Omit<RowFailure, 'column'> & Readonly<{ row: number; column?: number }>;

export interface CheckReport {
  /** `refused`: the whole file; `faulty`: some rows would fail; `fine`: none would. */
  readonly kind: 'refused' | 'faulty' | 'fine';
  readonly rejection: Rejection | undefined;
  /** Of the file, or of as much of it as was read before it was refused. */
  readonly bytes: number;
  readonly rows: number;
  readonly idKind: VisitorIdKind | undefined;
  readonly failedRows: number;
  /** The first ones: data row (from 1; header row and blank lines not counted) and, where it is one cell's, column. */
  readonly failures: readonly FailedRow[];
  /** Rows with nothing to write. */
  readonly ignoredRows: number;
  /** Of the file alone: what depends on the profiles there (lim-64k-evict) only the server can note. */
  readonly diagnostics: readonly DiagnosticTally[];
}

/** Failures listed one by one; all are counted. */
export const CHECK_FAILURES_MAX = 100;

/**
 * Reads the file once, holding one chunk and one line. `settings` are the readings of the documents to judge by; those left
 * out are the defaults.
 *
 * @throws `options-invalid`, `input-unreadable` for a chunk that is neither text nor bytes, `interrupted` when the signal
 * comes first, and whatever `chunks` throws.
 *
 * @example
 * const report = await checkBatchFile(createReadStream('batch.txt'), { body: 'form' });
 */
export async function checkBatchFile(
  chunks: Chunks,
  settings: Partial<Settings> = {},
  signal?: AbortSignal,
): Promise<CheckReport> {
  assertCall('batchFile', { chunks, signal });
  return judgedBatchFile(pieces(chunks), readSettings(settings), signal);
}

async function judgedBatchFile(
  chunks: AsyncIterable<Uint8Array>,
  settings: Settings,
  signal: AbortSignal | undefined,
): Promise<CheckReport> {
  const notes = diagnosticTallies();
  const failures: FailedRow[] = [];
  const seen = { bytes: 0, rows: 0, idKind: undefined as VisitorIdKind | undefined, failedRows: 0 };
  let ignoredRows = 0;
  const reader = batchFileReader(settings, {
    note: notes.note,
    header: ({ idKind }) => void (seen.idKind = idKind),
    row(row, reading) {
      seen.rows = row;
      if (reading.kind === 'ignored') ignoredRows += 1;
      if (reading.kind !== 'failed') return;
      seen.failedRows += 1;
      if (failures.length === CHECK_FAILURES_MAX) return;
      const { column, ...failure } = reading;
      failures.push({ ...failure, row, ...(column > 0 && { column }) });
    },
  });

  const read = async (): Promise<Rejection | undefined> => {
    for await (const chunk of abortable(chunks, signal)) {
      seen.bytes += chunk.length;
      const refusal = resultOf(reader.write(chunk));
      if (refusal !== undefined) return refusal;
    }
    const end = resultOf(reader.end());
    return end.kind === 'rejection' ? end : undefined;
  };
  const rejection = await orInterrupted(read(), signal);
  const kind = seen.failedRows > 0 ? 'faulty' : 'fine';
  const found = { rejection, ...seen, failures, ignoredRows, diagnostics: notes.tallies() };
  return { kind: rejection === undefined ? kind : 'refused', ...found };
}

export async function orInterrupted<T>(reading: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return reading.catch((cause: unknown) => {
    if (signal?.aborted !== true) throw cause;
    throw new UploadError('interrupted', INTERRUPTED, { cause });
  });
}

/** Of what sends nothing anyway. */
const INTERRUPTED = 'Interrupted before the whole file was read.';
