/** Reads a whole batch file pushed in as blocks of text, cut anywhere: for `tpe check` and the laws. */
import type { Diagnostic, Rejection, Settings } from '../vocabulary/index.ts';
import { BATCH_PREFIX } from '../vocabulary/index.ts';
import { limRows } from '../rules/limits.ts';
import {
  bodyBatchPrefix,
  errBatchMissing,
  ourByteOrderMark,
  ourHeaderOnly,
  ourLineEnds,
} from '../rules/request-format.ts';
import { dataRowReader, type DataRowReader, type RowReading } from './data-row.ts';
import { formTextReader } from './form-text.ts';
import { type HeaderRow, readHeaderRow } from './header-row.ts';

/** Hears what is read, in the order of the file. */
export interface BatchFileListener {
  readonly header?: (header: HeaderRow) => void;
  /** The reading may be reused for the next row. */
  readonly row?: (rowNumber: number, reading: RowReading) => void;
  readonly note?: (diagnostic: Diagnostic) => void;
}

export interface BatchFileReader {
  /** The refusal of the whole file, as soon as it is known; what follows it is not read. */
  write(text: string): Rejection | undefined;
  end(): { readonly rows: number } | Rejection;
}

export function batchFileReader(settings: Settings, on: BatchFileListener): BatchFileReader {
  const note = (diagnostic: Diagnostic) => on.note?.(diagnostic);
  let rejection: Rejection | undefined;
  let started = false;
  let rows = 0;
  let reader: DataRowReader | undefined;
  /** Text read and not yet part of a whole line. */
  let held = '';

  const readText = (text: string) => {
    let lineStart = 0;
    for (;;) {
      const lineEnd = text.indexOf('\n', lineStart);
      if (lineEnd === -1 || rejection !== undefined) break;
      const line = held + text.slice(lineStart, lineEnd);
      held = '';
      lineStart = lineEnd + 1;
      readLine(line);
    }
    held += text.slice(lineStart);
  };
  const form = formTextReader(settings.body, readText, note);

  /** Judges what stands before the header row; what follows it is read as far as it is there. */
  const start = () => {
    started = true;
    let body = held;
    held = '';
    if (body.startsWith(BYTE_ORDER_MARK)) {
      const judgement = ourByteOrderMark.decide(settings.byteOrderMark);
      if ('kind' in judgement) rejection = judgement;
      else note(judgement);
      body = body.slice(BYTE_ORDER_MARK.length);
    }
    rejection ??= bodyBatchPrefix.decide(body.slice(0, BATCH_PREFIX.length));
    if (rejection === undefined) form.write(body.slice(BATCH_PREFIX.length));
  };

  const readLine = (rawLine: string) => {
    const line = ourLineEnds.decide(rawLine);
    if (line === undefined) return;
    if (reader === undefined) readHeader(line);
    else readRow(line, reader);
  };

  const readHeader = (line: string) => {
    const header = readHeaderRow(line, (rule, column) => note({ rule, row: 0, column }));
    if (header.kind === 'rejection') {
      rejection = header;
      return;
    }
    reader = dataRowReader(header, settings);
    on.header?.(header);
  };

  const readRow = (line: string, rowReader: DataRowReader) => {
    rejection = limRows.decide(rows + 1);
    if (rejection !== undefined) return;
    rows += 1;
    const row = rows;
    const noteCell = on.note && ((rule: Diagnostic['rule'], column: number) => note({ rule, row, column }));
    const reading = rowReader.read(line, noteCell);
    on.row?.(row, reading);
  };

  return {
    write(text) {
      if (rejection !== undefined) return rejection;
      if (started) {
        form.write(text);
        return rejection;
      }
      held += text;
      // One character more than the prefix: there may be a byte order mark before it.
      if (held.length > BATCH_PREFIX.length) start();
      return rejection;
    },
    end() {
      if (rejection === undefined && !started) start();
      if (rejection === undefined) form.end();
      if (rejection === undefined) readLine(held);
      rejection ??= errBatchMissing.decide(reader === undefined ? undefined : '');
      if (rejection !== undefined) return rejection;
      const headerOnly = ourHeaderOnly.decide(rows);
      if (headerOnly !== undefined) note(headerOnly);
      return { rows };
    },
  };
}

const BYTE_ORDER_MARK = '\uFEFF';
