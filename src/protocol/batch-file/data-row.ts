/** Reads one data row under its header row. Run for every row of 50 MB files: cells are sliced once, nothing else is made. */
import type { RowFailure, RuleId, Settings } from '../vocabulary/index.ts';
import {
  emptyIgnored,
  emptyNullWord,
  emptyOnlySkipped,
  mayBePlaceholder,
  ourEmptyWords,
  ourPlaceholderWords,
} from '../rules/empty-values.ts';
import {
  closesQuotes,
  decodedCell,
  encTwoReadings,
  ourCutCells,
  ourEncodedTwice,
  ourQuotedCell,
  ourTrimmedBlanks,
} from '../rules/encoding.ts';
import { ourDotId, ourPcIdLength, refusedId } from '../rules/keys.ts';
import { limValue256 } from '../rules/limits.ts';
import { ourSurplusCells } from '../rules/request-format.ts';
import type { HeaderRow } from './header-row.ts';
import type { LineText } from './line-text.ts';

export type RowReading = DataRow | RowFailure | { readonly kind: 'ignored' };

/** May be reused by the next read, arrays included. Strings may keep the block alive that they were cut from. */
export interface DataRow {
  readonly kind: 'row';
  readonly id: string;
  /** Indexes into `HeaderRow.attributes`, in the order of the columns the values were taken from. */
  readonly attributes: number[];
  readonly values: string[];
}

/** `column` counts from 1. */
export type RowNote = (rule: RuleId, column: number) => void;

export type DataRowReader = ReturnType<typeof dataRowReader>;

export function dataRowReader(header: HeaderRow, settings: Pick<Settings, 'surplusCells' | 'illegalIds' | 'empties'>) {
  const { idKind, targets } = header;
  const columns = targets.length;
  const hasDuplicates = targets.filter((target) => target !== -1).length > header.attributes.length;
  const { empties } = settings;
  const surplus = ourSurplusCells.decide(settings.surplusCells);
  /** A cell that was decoded held a percent sign then: few do. */
  const seen = { percent: false };
  const attributes: number[] = [];
  const values: string[] = [];
  const row = { kind: 'row' as const, id: '', attributes, values };

  /**
   * `line` is without its line end. `note` hears what changed no answer: first the cells whose readings differ, then what
   * was met from the left until a cell failed the row.
   */
  const read = (line: LineText, note?: RowNote): RowReading => {
    if (typeof line !== 'string') {
      if (note !== undefined) noteTwoReadings(line.latin1, note);
      return NOT_UTF8;
    }
    const encoded = line.includes('%');
    if (note !== undefined && (encoded || line.includes('+') || line.includes('&')) && encTwoReadings.decide(line)) {
      noteTwoReadings(line, note);
    }
    // Most lines have no quotation mark and are only searched.
    if (note !== undefined && line.includes('"')) noteCutCells(line, note);

    const keyEnd = line.indexOf(',');
    const key = ourTrimmedBlanks.decide(keyEnd === -1 ? line : line.slice(0, keyEnd));
    const id = encoded ? decodedCell(key) : key;
    if (id === undefined) return failed('our-undecodable', 1);
    const refused = refusedId(idKind, id, settings.illegalIds);
    if (refused !== undefined) return failed(refused, 1);
    if (note !== undefined) {
      if (ourQuotedCell.decide(id)) note('our-quoted-cell', 1);
      if (ourPcIdLength.decide(idKind, id)) note('our-pcid-length', 1);
      if (ourDotId.decide(id)) note('our-dot-id', 1);
    }

    let count = 0;
    let start = keyEnd === -1 ? line.length : keyEnd + 1;
    for (let column = 1; start < line.length; column += 1) {
      // An empty cell costs one look at one character: sparse rows are mostly commas.
      if (line.charCodeAt(start) === COMMA) {
        start += 1;
        continue;
      }
      const comma = line.indexOf(',', start);
      const end = comma === -1 ? line.length : comma;
      const target = column < columns ? targets[column]! : -1;
      if (target !== -1 || column >= columns) {
        const cell = ourTrimmedBlanks.decide(line.slice(start, end));
        if (!emptyIgnored.decide(cell)) {
          if (column >= columns) {
            if (surplus === 'fail') return failed('our-surplus-cells', column + 1);
            note?.('our-surplus-cells', column + 1);
            break;
          }
          const value = encoded ? decodedCell(cell, seen) : cell;
          if (value === undefined) return failed('our-undecodable', column + 1);
          if (note !== undefined) {
            if (ourQuotedCell.decide(value)) note('our-quoted-cell', column + 1);
            if (seen.percent && ourEncodedTwice.decide(value)) note('our-encoded-twice', column + 1);
            seen.percent = false;
            if (mayBePlaceholder(cell)) notePlaceholder(value, column + 1, note);
            if (limValue256.decide(value)) note('lim-value-256', column + 1);
          }
          if (empties === 'missing' || !ourEmptyWords.decide(value, empties)) {
            if (hasDuplicates) count = dropEarlier(target, count);
            attributes[count] = target;
            values[count] = value;
            count += 1;
          }
        }
      }
      start = end + 1;
    }
    if (emptyOnlySkipped.decide(count) === 'ignored') return IGNORED;
    row.id = id;
    // Not emptied before every row: an array that loses all its elements loses its memory too.
    if (attributes.length !== count) {
      attributes.length = count;
      values.length = count;
    }
    return row;
  };

  /** our-column-names: of columns with one name the last non-empty cell wins, at its own place. */
  const dropEarlier = (target: number, count: number): number => {
    const index = attributes.indexOf(target);
    if (index === -1 || index >= count) return count;
    attributes.splice(index, 1);
    values.splice(index, 1);
    return count - 1;
  };

  return { read };
}

const COMMA = 0x2c;
const IGNORED = { kind: 'ignored' } as const;
const NOT_UTF8: RowFailure = { kind: 'failed', rule: 'our-not-utf8', column: 0 };

const failed = (rule: RuleId, column: number): RowFailure => ({ kind: 'failed', rule, column });

/** Cell by cell, read or not. */
function noteTwoReadings(line: string, note: RowNote): void {
  for (const [index, cell] of line.split(',').entries()) {
    if (encTwoReadings.decide(cell)) note('enc-two-readings', index + 1);
  }
}

function notePlaceholder(value: string, column: number, note: RowNote): void {
  if (emptyNullWord.decide(value)) note('empty-null-word', column);
  if (ourPlaceholderWords.decide(value)) note('our-placeholder-words', column);
}

/** our-cut-cells: a comma within quotes cuts a cell in two, since quotes mean nothing here. Cell by cell as they stand, read or not. */
function noteCutCells(line: string, note: RowNote): void {
  const cells = line.split(',').map((cell) => ourTrimmedBlanks.decide(cell));
  const lastClosing = cells.findLastIndex((cell) => closesQuotes(cell) && !ourQuotedCell.decide(cell));
  for (const [index, cell] of cells.entries()) {
    if (ourCutCells.decide(cell, index < lastClosing)) note('our-cut-cells', index + 1);
  }
}
