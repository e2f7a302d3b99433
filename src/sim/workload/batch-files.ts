/** Batch files that the API takes: every spelling, ragged and repeated rows, hostile names, rows that fail on their own. */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { SPELLINGS, batchFile } from './batch-file-text.ts';
import type { BatchFile, Cell, FileSpec, RowSpec } from './batch-file-text.ts';
import { attributeName, attributeValue, rowId, visitorIdKind } from './text.ts';

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

export function validBatchFile(options: BatchFileOptions = {}): Arbitrary<BatchFile> {
  return fileSpec(options).map(batchFile);
}

export function fileSpec(options: BatchFileOptions = {}): Arbitrary<FileSpec> {
  const idKind = options.idKind === undefined ? visitorIdKind() : fc.constant(options.idKind);
  return idKind.chain((kind) => {
    const name = cell(options.names ?? attributeName());
    const names = fc.oneof(
      { withCrossShrink: true },
      { weight: 1, arbitrary: fc.constant<readonly Cell[]>([]) },
      { weight: 12, arbitrary: fc.array(name, { minLength: 1, maxLength: 4 }) },
    );
    return names.chain((columns) =>
      fc.record({
        idKind: fc.constant(kind),
        names: fc.constant(columns),
        rows: fc.array(rowSpec(kind, columns.length, options), { maxLength: options.rowsMax ?? 6 }),
        byteOrderMark: options.byteOrderMarks === 'none' ? fc.constant(false) : rarely(),
        lineEnd: fc.constantFrom('\n' as const, '\r\n' as const),
        finalLineEnd: fc.boolean(),
      }),
    );
  });
}

function rowSpec(kind: VisitorIdKind, columns: number, options: BatchFileOptions): Arbitrary<RowSpec> {
  const value = cell(options.values ?? attributeValue());
  const surplus = options.surplusCells === 'none' ? 0 : 1;
  const row = fc.record({
    id: cell(options.ids ?? rowId(kind)),
    cells: rowCells(value, columns + surplus),
    blankLineBefore: fc.oneof(
      { withCrossShrink: true },
      { weight: 9, arbitrary: fc.constant(-1) },
      fc.integer({ min: 0, max: 2 }),
    ),
  });
  // A blank id and nothing else would be a blank line, which is no row.
  return row.map((spec) => (spec.id.text === '' && spec.cells.length === 0 ? { ...spec, id: SOMEBODY } : spec));
}

/** As many as there are columns, or fewer: as it comes. */
function rowCells(value: Arbitrary<Cell>, length: number): Arbitrary<readonly Cell[]> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 1, arbitrary: fc.array(value, { maxLength: length, size: 'max' }) },
    { weight: 1, arbitrary: fc.array(value, { minLength: Math.max(0, length - 1), maxLength: length }) },
  );
}

const SOMEBODY: Cell = { text: 'u1', spelling: 'needed' };

export function cell(text: Arbitrary<string>): Arbitrary<Cell> {
  return fc.record({ text, spelling: fc.constantFrom(...SPELLINGS) });
}

function rarely(): Arbitrary<boolean> {
  return fc.oneof({ withCrossShrink: true }, { weight: 9, arbitrary: fc.constant(false) }, fc.constant(true));
}
