/** Judges a hand-made batch file as the API would, without sending it: `tpe check FILE`. */
import { batchFileReader } from '../../protocol/batch-file/read-batch-file.ts';
import { hdrEncoded, limFileSize } from '../../protocol/rules/index.ts';
import {
  BATCH_FILE_BYTES_LIMIT,
  DEFAULT_SETTINGS,
  DIAGNOSTIC_POSITIONS_MAX,
  type Diagnostic,
  type DiagnosticTally,
  type Position,
  type Rejection,
  type RowFailure,
  type RuleId,
  type Settings,
  type VisitorIdKind,
} from '../../protocol/vocabulary/index.ts';
import { noteBatchLines } from '../plan/batch-warnings.ts';
import { type InputWarning, WarningCollector } from '../plan/input-warning.ts';
import { abortable } from '../read/abortable.ts';
import { textBlocks } from '../read/text-blocks.ts';
import { InterruptedError } from '../upload-error.ts';

export interface CheckReport {
  /** `refused`: the whole file; `faulty`: some rows would fail; `fine`: none would. */
  readonly kind: 'refused' | 'faulty' | 'fine';
  readonly rejection: Rejection | undefined;
  /** Of the file, or of as much of it as was read before it was refused. */
  readonly bytes: number;
  readonly rows: number;
  readonly idKind: VisitorIdKind | undefined;
  readonly failedRows: number;
  /** The first failures, with the data row they are in (from 1, header row and blank lines not counted). */
  readonly failures: readonly (RowFailure & { readonly row: number })[];
  /** Rows with nothing to write. */
  readonly ignoredRows: number;
  readonly diagnostics: readonly DiagnosticTally[];
  /** What was hardly meant as the API reads it. */
  readonly warnings: readonly InputWarning[];
}

/** Failures listed one by one; all are counted. */
export const CHECK_FAILURES_MAX = 100;

/**
 * Reads the file once, holding one chunk and one line. `settings` are the readings of the documents to judge by.
 * @throws InterruptedError when the signal comes first, and whatever `chunks` throws.
 */
export async function checkBatchFile(
  chunks: AsyncIterable<Uint8Array>,
  settings: Partial<Settings> = {},
  signal?: AbortSignal,
): Promise<CheckReport> {
  const diagnostics = new Map<RuleId, { count: number; first: Position[] }>();
  const failures: (RowFailure & { row: number })[] = [];
  let failedRows = 0;
  let ignoredRows = 0;
  let rows = 0;
  let bytes = 0;
  let idKind: VisitorIdKind | undefined;
  let rejection: Rejection | undefined;
  /** While a line with bytes that are not UTF-8 is being read. */
  let lineIsUtf8 = true;

  const note = ({ rule, ...where }: Diagnostic) => {
    let tally = diagnostics.get(rule);
    if (tally === undefined) diagnostics.set(rule, (tally = { count: 0, first: [] }));
    tally.count += 1;
    if (tally.first.length < DIAGNOSTIC_POSITIONS_MAX) tally.first.push(where);
  };

  const reader = batchFileReader(
    { ...DEFAULT_SETTINGS, ...settings },
    {
      header(header) {
        idKind = header.idKind;
        if (!lineIsUtf8)
          rejection = {
            ...hdrEncoded.decide(undefined, 0)!,
            message: 'The header row holds bytes that are not UTF-8.',
            where: { row: 0 },
          };
      },
      row(row, reading) {
        rows = row;
        const judged = lineIsUtf8 ? reading : { kind: 'failed' as const, rule: 'our-not-utf8' as const, column: 0 };
        if (judged.kind === 'ignored') ignoredRows += 1;
        if (judged.kind !== 'failed') return;
        failedRows += 1;
        if (failures.length < CHECK_FAILURES_MAX) failures.push({ ...judged, row });
      },
      note,
    },
  );

  const warnings = new WarningCollector();
  const write = (text: string) => {
    const refused = reader.write(text);
    rejection ??= refused;
  };
  for await (const block of textBlocks(withSize(chunks), BATCH_FILE_BYTES_LIMIT, 'keep-mark')) {
    noteBatchLines(block.text, block.firstLine, warnings);
    if (block.notUtf8.size === 0) {
      write(block.text);
    } else {
      let line = block.firstLine;
      for (const text of block.text.split(/(?<=\n)/)) {
        lineIsUtf8 = !block.notUtf8.has(line);
        write(text);
        line += 1;
      }
      // The last line of a file may end without a line feed: the reader sees its end only in end().
      if (block.text.endsWith('\n')) lineIsUtf8 = true;
    }
    if (rejection !== undefined) break;
  }
  const size = limFileSize.decide(bytes);
  if (typeof size === 'object') rejection ??= size;
  else if (size === 'warn') note({ rule: 'lim-file-size' });
  if (rejection === undefined) {
    const end = reader.end();
    if ('kind' in end) rejection ??= end;
  }

  async function* withSize(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of abortable(source, signal)) {
        bytes += chunk.length;
        if (typeof limFileSize.decide(bytes) === 'object') return;
        yield chunk;
      }
    } catch (cause) {
      if (signal?.aborted !== true) throw cause;
      throw new InterruptedError('Interrupted before the whole file was read.', { cause });
    }
  }

  return {
    kind: rejection !== undefined ? 'refused' : failedRows > 0 ? 'faulty' : 'fine',
    rejection,
    bytes,
    rows,
    idKind,
    failedRows,
    failures,
    ignoredRows,
    diagnostics: [...diagnostics].map(([rule, tally]) => ({ rule, count: tally.count, first: tally.first })),
    warnings: warnings.list(),
  };
}
