/** Batch files that the API takes: every spelling, ragged and repeated rows, hostile names, rows that fail on their own. */
import fc, { type Arbitrary } from 'fast-check';
import type { VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { attributeName, attributeValue, rowId, visitorIdKind, weighted } from './text.ts';

export interface BatchFileOptions {
  readonly idKind?: VisitorIdKind;
  readonly rowsMax?: number;
  /** Instead of the ordinary mixture. */
  readonly ids?: Arbitrary<string>;
  readonly names?: Arbitrary<string>;
  readonly values?: Arbitrary<string>;
  /** No row is longer than the header row. */
  readonly surplusCells?: 'some' | 'none';
  readonly byteOrderMarks?: 'some' | 'none';
}

/**
 * Files that the API takes, with up to 6 rows of up to 4 attributes and with ids of either kind unless told otherwise.
 * Single rows may fail: some ids are blank or illegal.
 *
 * @example
 * fc.assert(fc.property(validBatchFile({ rowsMax: 3 }), ({ bytes }) => parse(bytes).rows.length <= 3));
 */
export function validBatchFile(options: BatchFileOptions = {}): Arbitrary<BatchFile> {
  return fileSpec(options).map(batchFile);
}

/**
 * What `validBatchFile` makes its files of, for laws that change a file before `batchFile` writes it. The same defaults.
 *
 * @example
 * const reversed = fileSpec().map((spec) => batchFile({ ...spec, rows: spec.rows.toReversed() }));
 */
export function fileSpec(options: BatchFileOptions = {}): Arbitrary<FileSpec> {
  const idKind = options.idKind === undefined ? visitorIdKind() : fc.constant(options.idKind);
  return idKind.chain((kind) =>
    fc
      .record({
        idKind: fc.constant(kind),
        names: weighted<readonly Cell[]>(
          [1, fc.constant([])],
          [12, fc.array(cell(options.names ?? attributeName()), { minLength: 1, maxLength: 4 })],
        ),
        rows: fc.array(rowSpec(kind, options), { maxLength: options.rowsMax ?? 6 }),
        byteOrderMark:
          options.byteOrderMarks === 'none'
            ? fc.constant(false)
            : weighted([9, fc.constant(false)], [1, fc.constant(true)]),
        lineEnd: fc.constantFrom('\n' as const, '\r\n' as const),
        finalLineEnd: fc.boolean(),
      })
      // Made apart from the names, so that each shrinks without making the other anew.
      .map((spec) => ({ ...spec, rows: spec.rows.map((row) => fitted(row, spec.names.length, options)) })),
  );
}

function rowSpec(kind: VisitorIdKind, options: BatchFileOptions): Arbitrary<RowSpec> {
  return fc.record({
    id: cell(options.ids ?? rowId(kind)),
    cells: fc.array(cell(options.values ?? attributeValue()), { maxLength: 5, size: 'max' }),
    blankLineBefore: weighted([9, fc.constant(-1)], [1, fc.integer({ min: 0, max: 2 })]),
  });
}

/** At most one cell more than there are columns. */
function fitted(row: RowSpec, columns: number, { surplusCells }: BatchFileOptions): RowSpec {
  const cells = row.cells.slice(0, surplusCells === 'none' ? columns : columns + 1);
  // A blank id and nothing else would be a blank line, which is no row.
  return { ...row, cells, id: row.id.text === '' && cells.length === 0 ? KNOWN_ID : row.id };
}

const KNOWN_ID: Cell = { text: 'u1', spelling: 'needed' };

const cell = (text: Arbitrary<string>): Arbitrary<Cell> => fc.record({ text, spelling: fc.constantFrom(...SPELLINGS) });

/**
 * How the text of a cell is written down. All of them decode to the same text, but for `careless`: that leaves `+` and
 * `&` raw, which a form decoder takes for something else (enc-two-readings).
 */
export const SPELLINGS = ['needed', 'needed-lower', 'all', 'all-lower', 'padded', 'careless'] as const;
export type Spelling = (typeof SPELLINGS)[number];

export interface Cell {
  readonly text: string;
  readonly spelling: Spelling;
}

export interface FileSpec {
  readonly idKind: VisitorIdKind;
  /** Attribute columns, the key not included. */
  readonly names: readonly Cell[];
  readonly rows: readonly RowSpec[];
  readonly byteOrderMark: boolean;
  readonly lineEnd: '\n' | '\r\n';
  readonly finalLineEnd: boolean;
}

export interface RowSpec {
  readonly id: Cell;
  /** May be fewer, or more, than the columns. */
  readonly cells: readonly Cell[];
  /** A line of so many blanks stands before this row; -1 for none. */
  readonly blankLineBefore: number;
}

export interface BatchFile {
  readonly bytes: Uint8Array;
  readonly spec: FileSpec;
}

/**
 * The file that a spec describes, in UTF-8; prints as its text when a law fails.
 *
 * @example
 * const cell = (text: string) => ({ text, spelling: 'needed' }) as const;
 * const rows = [{ id: cell('C-1'), cells: [cell('gold')], blankLineBefore: -1 }];
 * const lines = { byteOrderMark: false, lineEnd: '\n', finalLineEnd: true } as const;
 * batchFile({ idKind: 'thirdPartyId', names: [cell('tier')], rows, ...lines }).bytes; // batch=thirdPartyId,tier …
 */
export function batchFile(spec: FileSpec): BatchFile {
  const lines = [[spec.idKind, ...spec.names.map(spell)].join(',')];
  for (const row of spec.rows) {
    if (row.blankLineBefore >= 0) lines.push(' '.repeat(row.blankLineBefore));
    lines.push([spell(row.id), ...row.cells.map(spell)].join(','));
  }
  const text = `${spec.byteOrderMark ? '\u{feff}' : ''}batch=${lines.join(spec.lineEnd)}`;
  return readable(Buffer.from(spec.finalLineEnd ? text + spec.lineEnd : text), spec);
}

/** The same spec with other bytes: what the almost-valid files are made of. */
export function readable(bytes: Uint8Array, spec: FileSpec): BatchFile {
  const file = { bytes, spec };
  Object.defineProperty(file, fc.toStringMethod, { value: () => printed(bytes) });
  return file;
}

/** Percent-encodes what the spelling asks for, and always what would otherwise be read as something else. */
export function spell({ text, spelling }: Cell): string {
  const isAll = spelling === 'all' || spelling === 'all-lower';
  const escaped = isAll ? escape(text) : text.replaceAll(spelling === 'careless' ? SYNTAX : NEEDS_ESCAPE, escape);
  const cased = spelling.endsWith('lower') ? escaped.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()) : escaped;
  return spelling === 'padded' ? ` ${cased}  ` : cased;
}

/** Separators, the escape itself, line breaks, and a blank at either end. */
const SYNTAX = /[,%\r\n]|^ | $/g;
/** That, and what a form decoder would change. */
const NEEDS_ESCAPE = /[,%\r\n+&]|^ | $/g;

/** Every byte of it. */
const escape = (text: string) => Buffer.from(text).toString('hex').toUpperCase().replaceAll(/../g, '%$&');

/** As text where it is text, each other byte as `\xNN`; long runs of one character shortened. */
function printed(bytes: Uint8Array): string {
  const latin = Buffer.from(bytes).toString('latin1');
  const shortened = latin.replaceAll(/(.)\1{40,}/g, (run, character: string) => `${character}{x${run.length}}`);
  return JSON.stringify(shortened).replaceAll(/[\u0080-\u00ff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
}
