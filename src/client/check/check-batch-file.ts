/** Judges a hand-made batch file as the API would, without sending it: `tpe check FILE`. */
import { diagnosticTallies } from '../../protocol/batch-file/diagnostic-tally.ts';
import { batchFileReader, resultOf } from '../../protocol/batch-file/read-batch-file.ts';
import {
  type DiagnosticTally,
  type Rejection,
  type RowFailure,
  type Settings,
  type VisitorIdKind,
} from '../../protocol/vocabulary/index.ts';
import { assertCall, readSettings } from '../call-options.ts';
import { abortable } from '../read/abortable.ts';
import { pieces } from '../read/open-input.ts';
import type { Chunks } from '../read/upload-source.ts';
import { UploadError } from '../upload-error.ts';

export interface FailedRow extends Omit<RowFailure, 'column'> {
  readonly row: number;
  readonly column?: number;
}

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
 * @throws `options-invalid`, `input-unreadable` for a chunk that is neither text nor bytes, `interrupted` when the signal comes first, and whatever `chunks` throws.
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

export async function judgedBatchFile(
  chunks: AsyncIterable<Uint8Array>,
  settings: Settings,
  signal: AbortSignal | undefined,
): Promise<CheckReport> {
  const notes = diagnosticTallies();
  const failures: FailedRow[] = [];
  const seen = {
    bytes: 0,
    rows: 0,
    idKind: undefined as VisitorIdKind | undefined,
    failedRows: 0,
    failures,
    ignoredRows: 0,
  };
  const reader = batchFileReader(settings, {
    note: notes.note,
    header: ({ idKind }) => void (seen.idKind = idKind),
    row(row, reading) {
      seen.rows = row;
      if (reading.kind === 'ignored') seen.ignoredRows += 1;
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
  return { kind: rejection === undefined ? kind : 'refused', rejection, ...seen, diagnostics: notes.tallies() };
}

export async function orInterrupted<T>(reading: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return reading.catch((cause: unknown) => {
    if (signal?.aborted !== true) throw cause;
    throw new UploadError('interrupted', INTERRUPTED, { cause });
  });
}

/** Of what sends nothing anyway. */
export const INTERRUPTED = 'Interrupted before the whole file was read.';
