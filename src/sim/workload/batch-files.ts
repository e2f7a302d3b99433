/** Batch files that the API takes: every spelling, ragged and repeated rows, hostile names, rows that fail on their own. */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { SPELLINGS, batchFile } from './batch-file-text.ts';
import type { BatchFile, Cell, FileSpec, RowSpec } from './batch-file-text.ts';
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
