/** Turns one input row into one line of a batch file, or says what is wrong with it. */
import { writeDataRow } from '../../protocol/batch-file/write-batch-file.ts';
import { ourLocationHint, refusedId } from '../../protocol/rules/keys.ts';
import { THIRD_PARTY_ID_LENGTH_MAX } from '../../protocol/vocabulary/index.ts';
import type { RuleId } from '../../protocol/vocabulary/index.ts';
import type { Fault, FaultCode } from '../read/fault.ts';
import type { InputRow } from '../read/row-block.ts';
import { type ColumnMapping, UNNAMED } from './column-mapping.ts';

export interface EncodedRow {
  readonly kind: 'row';
  /** What rows of one visitor have in common: they must stay together and in order. */
  readonly identity: string;
  /** Without its line feed. ASCII, so that its length is its size in bytes. */
  readonly text: string;
  /** The row has no value at all: the service ignores it (empty-only-skipped). */
  readonly isEmpty: boolean;
  /** Where the row begins in the input, from 1. */
  readonly line: number;
}

/** A row that cannot be sent. */
export interface FaultyRow {
  readonly kind: 'faulty';
  readonly faults: readonly Fault[];
}

/** `mapping` belongs to the table the row came from. */
export function encodeRow(row: InputRow, mapping: ColumnMapping, textBytesMax: number): EncodedRow | FaultyRow {
  // A row that is faulty as such has no cells that could be trusted; naming faults in them would only mislead.
  if (row.faults.length > 0) return { kind: 'faulty', faults: row.faults };

  const faults: Fault[] = [];
  const id = row.cells[mapping.idIndex] ?? '';
  const refused = id.trim() === '' ? 'our-blank-key' : refusedId(mapping.idKind, id, 'fail');
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
  const identity = ourLocationHint.decide(mapping.idKind, id, 'same-profile');
  return { kind: 'row', identity, text, isEmpty: values.length === 0, line: row.line };
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
