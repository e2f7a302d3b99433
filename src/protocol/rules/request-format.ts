/** The body as a whole: where `batch=` stands, how lines end, what an empty batch is. */
import { BATCH_PREFIX } from '../vocabulary/index.ts';
import type { Diagnostic, Rejection, Settings, VisitorIdKind } from '../vocabulary/index.ts';
import { community, type DecidingRule, documented, inferred, observedByClient, ours, refuse } from './rule.ts';

export const bodyBatchPrefix: DecidingRule<(start: string) => Rejection | undefined> = {
  id: 'body-batch-prefix',
  statement: '`batch=` is mandatory at the very start of the file.',
  ...documented('BULK (note added 2024-05-29)'),
  /** `start` is the body's first six characters, a tolerated BOM taken off. */
  note: 'Ours: `batch=` is read in this case alone, and a file without it gets the answer of err-batch-missing.',
  decide: (start) => (start === BATCH_PREFIX ? undefined : BATCH_IS_EMPTY),
};

/** Given the key of the header row, which is the first line that is not blank. */
export const errBatchMissing: DecidingRule<(idKind: VisitorIdKind | undefined) => Rejection | undefined> = {
  id: 'err-batch-missing',
  statement: 'A missing or empty `batch` parameter, or a wrong body type, leads to "Batch is empty".',
  ...community('WDT guide §9, citing a KCS; Q4, Q30'),
  note: 'The only wording of a refusal with any trace; every other message says whose it is (our-message-texts).',
  decide: (idKind) => (idKind === undefined ? BATCH_IS_EMPTY : undefined),
};

const BATCH_IS_EMPTY: Rejection = refuse('err-batch-missing', 'Batch is empty', { row: 0, column: 1 });

export const ourByteOrderMark: DecidingRule<(reading: Settings['byteOrderMark']) => Diagnostic | Rejection> = {
  id: 'our-byte-order-mark',
  statement: 'One byte order mark before `batch=` is taken off and noted; strict mode refuses it.',
  ...ours('Q5'),
  setting: 'byteOrderMark',
  decide: (reading) =>
    reading === 'tolerate'
      ? { rule: 'our-byte-order-mark', row: 0, column: 1 }
      : refuse(
          'our-byte-order-mark',
          'The body starts with a byte order mark; `batch=` must be its very first bytes.',
          { row: 0, column: 1 },
        ),
};

/** What is known of a line so far, its LF not included. A carriage return ends the line until something follows it. */
export type LineState = 'blank' | 'blank-then-cr' | 'row' | 'row-then-cr';

/** What one more byte, which is no LF, makes of a line. A line that ends blank is no row. */
export const ourLineEnds: DecidingRule<(line: LineState, byte: number) => LineState> = {
  id: 'our-line-ends',
  statement: 'Lines end with LF or CRLF; a line of nothing but blanks is skipped and not counted.',
  ...ours('Q5'),
  fixed: 'A file that a stricter service would refuse is fine otherwise, and nobody has reported one.',
  decide(line, byte) {
    if (byte === CR) return line === 'blank' ? 'blank-then-cr' : 'row-then-cr';
    return line === 'blank' && byte === BLANK ? 'blank' : 'row';
  },
};

const CR = 0x0d;
const BLANK = 0x20;

export const ourHeaderOnly: DecidingRule<(dataRows: number) => Diagnostic | undefined> = {
  id: 'our-header-only',
  statement:
    'A header row without data rows is accepted with all counters 0, and noted: `curl --data` removes line breaks.',
  ...ours('Q30; body-newlines-kept'),
  fixed: 'Refusing it would hide the commonest mistake behind a message; the note names it.',
  decide: (dataRows) => (dataRows === 0 ? { rule: 'body-newlines-kept', row: 0 } : undefined),
};

/** What stands in the place of one form escape: `+`, `%2C`, `%0A` or `%0D`, in either case. */
export const ourBodyReading: DecidingRule<(reading: Settings['body'], escape: string) => string> = {
  id: 'our-body-reading',
  statement:
    'The body is read raw: split first, then each cell decoded once, `+` staying `+`. Read as a form parameter it ends at the first raw `&` and is decoded before it is split.',
  ...ours('BULK; TT-B; Q1'),
  setting: 'body',
  note: 'The form reading is had by rewriting what the two readings see differently: `+` to `%20`, and escaped commas and line breaks to raw ones; all else is decoded with its cell.',
  decide: (reading, escape) => (reading === 'raw' ? escape : (FORM_ESCAPES.get(escape.toUpperCase()) ?? escape)),
};

const FORM_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['+', '%20'],
  ['%2C', ','],
  ['%0A', '\n'],
  ['%0D', '\r'],
]);

/** Non-empty cells only: an empty cell equals a missing one. */
export const ourSurplusCells: DecidingRule<(reading: Settings['surplusCells']) => 'ignore' | 'fail'> = {
  id: 'our-surplus-cells',
  statement:
    "Non-empty cells beyond the header row's columns are not decoded; they are ignored and noted at the first of them, or, by setting, fail the row there if nothing before them did.",
  ...ours('Q6, Q31; HOOK sends such rows'),
  setting: 'surplusCells',
  decide: (reading) => reading,
};

/** What is noted about a request's content type, or refused for it; undefined where nothing is. */
export const bodyCtypeForm: DecidingRule<
  (contentType: string | undefined, reading: Settings['contentTypes']) => Diagnostic | Rejection | undefined
> = {
  id: 'body-ctype-form',
  statement: 'Batch files are sent as `application/x-www-form-urlencoded`, as `curl --data-binary` does by itself.',
  ...observedByClient('BULK; WDT; HOOK'),
  setting: 'contentTypes',
  contradiction: "WDT's guide, citing a KCS: any other type fails.",
  note: 'No document names the type. Ours: another one is taken and noted, none at all is not even noted; by setting either is refused, since there is no parameter then (err-batch-missing).',
  decide(contentType, reading) {
    const mediaType = contentType?.split(';', 1)[0]!.trim().toLowerCase();
    if (mediaType === 'application/x-www-form-urlencoded') return undefined;
    if (reading === 'form') return BATCH_IS_EMPTY;
    return contentType === undefined ? undefined : { rule: 'body-ctype-form' };
  },
};

export const bodyCompress: DecidingRule<(contentEncoding: string | undefined) => Rejection | undefined> = {
  id: 'body-compress',
  statement: 'Compressed bodies are mentioned nowhere; they are refused.',
  ...inferred('no document'),
  decide(contentEncoding) {
    const encoding = contentEncoding?.trim().toLowerCase() ?? '';
    if (encoding === '' || encoding === 'identity') return undefined;
    return refuse('body-compress', 'The body has a Content-Encoding; send the batch file uncompressed.');
  },
};
