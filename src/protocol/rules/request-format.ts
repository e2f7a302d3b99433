/** The body as a whole: where `batch=` stands, how lines end, what an empty batch is. */
import { BATCH_PREFIX } from '../vocabulary/index.ts';
import type { Diagnostic, Rejection, Settings } from '../vocabulary/index.ts';
import { BULK, type DecidingRule } from './rule.ts';

export const bodyBatchPrefix: DecidingRule<(start: string) => Rejection | undefined> = {
  id: 'body-batch-prefix',
  statement: '`batch=` is mandatory at the very start of the file.',
  source: 'BULK (note added 2024-05-29)',
  confidence: 'documented',
  versions: BULK,
  /** `start` is the body's first six characters, a tolerated BOM taken off. */
  decide: (start) =>
    start === BATCH_PREFIX
      ? undefined
      : { kind: 'rejection', rule: 'err-batch-missing', message: 'Batch is empty', where: { row: 0, column: 1 } },
};

export const errBatchMissing: DecidingRule<(headerRow: string | undefined) => Rejection | undefined> = {
  id: 'err-batch-missing',
  statement: 'A missing or empty `batch` parameter, or a wrong body type, leads to "Batch is empty".',
  source: 'WDT guide §9, citing a KCS; Q4, Q30',
  confidence: 'community',
  versions: BULK,
  note: 'The only wording of a refusal with any trace; every other message is recognisably ours.',
  /** `headerRow` is the first line that is not blank. */
  decide: (headerRow) =>
    headerRow === undefined
      ? { kind: 'rejection', rule: 'err-batch-missing', message: 'Batch is empty', where: { row: 0, column: 1 } }
      : undefined,
};

export const ourByteOrderMark: DecidingRule<(reading: Settings['byteOrderMark']) => Diagnostic | Rejection> = {
  id: 'our-byte-order-mark',
  statement: 'One byte order mark before `batch=` is taken off and noted; strict mode refuses it.',
  source: 'Q5',
  confidence: 'ours',
  versions: BULK,
  setting: 'byteOrderMark',
  decide: (reading) =>
    reading === 'tolerate'
      ? { rule: 'our-byte-order-mark', row: 0, column: 1 }
      : {
          kind: 'rejection',
          rule: 'our-byte-order-mark',
          message: 'The body starts with a byte order mark; `batch=` must be its very first bytes.',
          where: { row: 0, column: 1 },
        },
};

/** A line as split at LF, to what counts of it; undefined for a blank line, which is no row. */
export const ourLineEnds: DecidingRule<(line: string) => string | undefined> = {
  id: 'our-line-ends',
  statement: 'Lines end with LF or CRLF; a line of nothing but blanks is skipped and not counted.',
  source: 'Q5',
  confidence: 'ours',
  versions: BULK,
  decide(line) {
    const row = line.endsWith('\r') ? line.slice(0, -1) : line;
    return BLANK.test(row) ? undefined : row;
  },
};

const BLANK = /^ *$/;

export const ourHeaderOnly: DecidingRule<(dataRows: number) => Diagnostic | undefined> = {
  id: 'our-header-only',
  statement: 'A header row without data rows is accepted with all counters 0, and noted: `curl --data` removes line breaks.',
  source: 'Q30; body-newlines-kept',
  confidence: 'ours',
  versions: BULK,
  decide: (dataRows) => (dataRows === 0 ? { rule: 'body-newlines-kept', row: 0 } : undefined),
};
