/** Turns one input row into one line of a batch file, or says what is wrong with it. */
import { writeDataRow } from '../../protocol/batch-file/write-batch-file.ts';
import { ourLocationHint, refusedId } from '../../protocol/rules/keys.ts';
import { THIRD_PARTY_ID_LENGTH_MAX } from '../../protocol/vocabulary/index.ts';
import type { RuleId } from '../../protocol/vocabulary/index.ts';
import type { Fault, FaultCode } from '../read/fault.ts';
import type { InputRow } from '../read/row-block.ts';
import { type ColumnMapping, UNNAMED } from './column-mapping.ts';

export interface EncodedRow {
  /** What rows of one visitor have in common: they must stay together and in order. */
  readonly identity: string;
  /** With its line feed. */
  readonly bytes: number;
  /** The row has no value at all: the service ignores it (empty-only-skipped). */
  readonly isEmpty: boolean;
  /** Where the row begins in the input, from 1. */
  readonly line: number;
}

export type RowReading =
  /** `text` has no line feed. It is ASCII, so that its length is its size in bytes. */
  | { readonly kind: 'row'; readonly row: EncodedRow; readonly text: string }
  /** A row that cannot be sent. */
  | { readonly kind: 'faulty'; readonly faults: readonly Fault[] };

/** `mapping` belongs to the table the row came from. */
export function encodeRow(row: InputRow, mapping: ColumnMapping, textBytesMax: number): RowReading {
  // A row that is faulty as such has no cells that could be trusted; naming faults in them would only mislead.
  if (row.faults.length > 0) return { kind: 'faulty', faults: row.faults };

  const faults: Fault[] = [];
  const id = row.cells[mapping.idIndex] ?? '';
  const refused = idRefusal(id, mapping);
  if (refused !== undefined) faults.push(idFault(refused, id, row.line, mapping));

  const values: (string | undefined)[] = [];
  for (let index = 0; index < row.cells.length; index += 1) {
    const cell = row.cells[index];
    if (cell === undefined || cell === '') continue;
    const target = mapping.targets[index]!;
    if (target >= 0) {
      values[target] = cell;
    } else if (target === UNNAMED && cell.trim() !== '') {
      const message = `Cell ${index + 1} has a value, but its column has no name. Name the column or empty it.`;
      faults.push({ code: 'unnamed-column', line: row.line, column: index + 1, message, wholeFile: false });
    }
  }
  if (faults.length > 0) return { kind: 'faulty', faults };

  const text = writeDataRow(id, values);
  if (text.length > textBytesMax) {
    const message = `The row alone has ${text.length} encoded bytes; a part has at most ${textBytesMax}.`;
    faults.push({ code: 'row-too-large', line: row.line, rule: 'lim-file-size', message, wholeFile: false });
    return { kind: 'faulty', faults };
  }
  const encoded = { identity: identityOf(id, mapping), bytes: text.length + 1, isEmpty: values.length === 0 };
  return { kind: 'row', row: { ...encoded, line: row.line }, text };
}

/** The rule that keeps an id from being sent. */
export function idRefusal(id: string, { idKind }: ColumnMapping): RuleId | undefined {
  return id.trim() === '' ? 'our-blank-key' : refusedId(idKind, id, 'fail');
}

export function identityOf(id: string, { idKind }: ColumnMapping): string {
  return ourLocationHint.decide(idKind, id, 'same-profile');
}

function idFault(rule: RuleId, id: string, line: number, { idKind, idColumn, idIndex }: ColumnMapping): Fault {
  const place = idIndex === -1 ? {} : { column: idIndex + 1 };
  const where = { line, ...place, name: idColumn, rule, wholeFile: false };
  const shown = id.length > ID_CHARACTERS_SHOWN ? `${id.slice(0, ID_CHARACTERS_SHOWN)}…` : id;
  const [code, message] = ((): readonly [FaultCode, string] => {
    if (rule === 'our-blank-key') return ['blank-id', `The ${idKind} is empty.`];
    if (rule === 'key-3rd-len') {
      return ['id-too-long', `The thirdPartyId "${shown}" has more than ${THIRD_PARTY_ID_LENGTH_MAX} characters.`];
    }
    const character = id.includes('+') ? '+' : '/';
    return ['id-characters', `The thirdPartyId "${shown}" contains "${character}", which cannot be sent.`];
  })();
  return { code, ...where, message };
}

const ID_CHARACTERS_SHOWN = 80;
