/** Judges a hand-made batch file as the API would, without sending it: `tpe check FILE`. */
import { diagnosticTallies } from '../../protocol/batch-file/diagnostic-tally.ts';
import { batchFileReader, resultOf } from '../../protocol/batch-file/read-batch-file.ts';
import {
  DEFAULT_SETTINGS,
  type DiagnosticTally,
  type Rejection,
  type RowFailure,
  type Settings,
  type VisitorIdKind,
} from '../../protocol/vocabulary/index.ts';
import { abortable } from '../read/abortable.ts';
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
 * @throws `interrupted` when the signal comes first, and whatever `chunks` throws.
 *
 * @example
 * const report = await checkBatchFile(createReadStream('batch.txt'), { body: 'form' });
 */
export async function checkBatchFile(
  chunks: AsyncIterable<Uint8Array>,
  settings: Partial<Settings> = {},
  signal?: AbortSignal,
): Promise<CheckReport> {
  const notes = diagnosticTallies();
  const failures: FailedRow[] = [];
  let failedRows = 0;
  let ignoredRows = 0;
  let rows = 0;
  let bytes = 0;
  let idKind: VisitorIdKind | undefined;

  const reader = batchFileReader(
    { ...DEFAULT_SETTINGS, ...settings },
    {
      note: notes.note,
      header(header) {
        idKind = header.idKind;
      },
      row(row, reading) {
        rows = row;
        if (reading.kind === 'ignored') ignoredRows += 1;
        if (reading.kind !== 'failed') return;
        failedRows += 1;
        if (failures.length === CHECK_FAILURES_MAX) return;
        const { column, ...failure } = reading;
        failures.push({ ...failure, row, ...(column > 0 && { column }) });
      },
    },
  );

  const read = async (): Promise<Rejection | undefined> => {
    for await (const chunk of abortable(chunks, signal)) {
      bytes += chunk.length;
      const refusal = resultOf(reader.write(chunk));
      if (refusal !== undefined) return refusal;
    }
    const end = resultOf(reader.end());
    return end.kind === 'rejection' ? end : undefined;
  };
  const rejection = await read().catch((cause: unknown) => {
    if (signal?.aborted !== true) throw cause;
    throw new UploadError('interrupted', 'Interrupted before the whole file was read.', { cause });
  });

  return {
    kind: rejection !== undefined ? 'refused' : failedRows > 0 ? 'faulty' : 'fine',
    rejection,
    bytes,
    rows,
    idKind,
    failedRows,
    failures,
    ignoredRows,
    diagnostics: notes.tallies(),
  };
}
