/** Turns one input row into one line of a batch file, or says what is wrong with it. */
import { writeDataRow } from '../../protocol/batch-file/write-batch-file.ts';
import { refusedId } from '../../protocol/rules/keys.ts';
import { PROFILE_BYTES_MAX, THIRD_PARTY_ID_LENGTH_MAX } from '../../protocol/vocabulary/index.ts';
import type { RuleId } from '../../protocol/vocabulary/index.ts';
import { nameOfBlank, trimmed } from '../read/blanks.ts';
import { type InputProblem, problemOf } from '../read/input-problem.ts';
import type { InputRow } from '../read/row-block.ts';
import { HIDDEN, hiddenCharacter, repeatedHeader } from '../read/text-problems.ts';
import { type ColumnMapping, UNNAMED } from './column-mapping.ts';
import type { WarningCollector } from './input-warning.ts';
import { noteId, noteValue } from './row-warnings.ts';
import type { PlannedColumn } from './upload-plan.ts';

export interface EncodedRow {
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
  | { readonly kind: 'refused'; readonly problems: readonly InputProblem[] };

/** `mapping` belongs to the table the row came from. */
export function encodeRow(
  row: InputRow,
  mapping: ColumnMapping,
  textBytesMax: number,
  warnings?: WarningCollector,
): RowReading {
  // What is wrong with the row as such leaves no cells that could be trusted; naming problems in them would only mislead.
  if (row.problems.length > 0) return { kind: 'refused', problems: row.problems };

  const { line } = row;
  const problems: InputProblem[] = [];
  const id = mapping.cellOf(row.cells[mapping.idIndex] ?? '', 'id');
  const refused = idRefusal(id, mapping);
  if (refused !== undefined) problems.push(idProblem(refused, id, line, mapping));

  const values: (string | undefined)[] = [...mapping.constants];
  if (mapping.idTarget !== undefined) values[mapping.idTarget] = id;
  // Cells beyond the columns are blank, or a problem of the row.
  const count = Math.min(row.cells.length, mapping.targets.length);
  for (let index = 0; index < count; index += 1) {
    const given = row.cells[index];
    if (given === undefined) continue;
    const target = mapping.targets[index]!;
    if (target < 0) {
      if (target === UNNAMED && trimmed(given) !== '') problems.push(unnamedColumn(line, index));
      continue;
    }
    const cell = mapping.cellOf(given, 'value');
    if (cell === '') continue;
    values[target] = cell;
  }
  if (problems.length > 0) return { kind: 'refused', problems };

  const text = writeDataRow(id, values);
  if (text.length > textBytesMax) {
    const message = `The row alone has ${text.length} encoded bytes; a part has at most ${textBytesMax}.`;
    return { kind: 'refused', problems: [problemOf('row-too-large', message, { line, rule: 'lim-file-size' })] };
  }
  if (warnings !== undefined) noteRow(id, values, text, line, mapping, warnings);
  if (row.isShort === true) warnings?.row('short-row', line);
  return { kind: 'row', row: { bytes: text.length + 1, isEmpty: values.length === 0, line }, text };
}

function noteRow(
  id: string,
  values: readonly (string | undefined)[],
  text: string,
  line: number,
  { idColumn, attributes: { planned, nameBytes } }: ColumnMapping,
  warnings: WarningCollector,
): void {
  noteId(id, idColumn, line, warnings);
  for (const [target, value] of values.entries()) {
    if (value === undefined) continue;
    warnings.filled[target] = true;
    noteValue(value, planned[target]!.column, line, warnings);
  }
  if (text.length + nameBytes > PROFILE_BYTES_MAX && profileBytes(values, planned) > PROFILE_BYTES_MAX) {
    warnings.row('large-profile', line);
  }
}

/** As the emulator counts them: UTF-8 of names and values. */
function profileBytes(values: readonly (string | undefined)[], planned: readonly PlannedColumn[]): number {
  let bytes = 0;
  for (const [target, value] of values.entries()) {
    if (value !== undefined) bytes += Buffer.byteLength(planned[target]!.attribute) + Buffer.byteLength(value);
  }
  return bytes;
}

/** The rule, or our own reason, that keeps an id from being sent. */
export function idRefusal(id: string, { idKind, idColumn }: ColumnMapping): RuleId | OwnRefusal | undefined {
  const bare = trimmed(id);
  if (bare === '') return 'our-blank-key';
  if (bare === idColumn) return 'repeated-header';
  if (bare !== id) return 'blanks-around-id';
  if (HIDDEN.test(id)) return 'hidden-character';
  return refusedId(idKind, id, 'fail');
}

type OwnRefusal = 'repeated-header' | 'blanks-around-id' | 'hidden-character';

function idProblem(
  reason: RuleId | OwnRefusal,
  id: string,
  line: number,
  { idKind, idColumn, idIndex }: ColumnMapping,
): InputProblem {
  const place = idIndex === -1 ? {} : { column: idIndex + 1 };
  const where = { line, ...place, name: idColumn };
  const shown = id.length > ID_CHARACTERS_SHOWN ? `${id.slice(0, ID_CHARACTERS_SHOWN)}…` : id;
  if (reason === 'repeated-header') return { ...repeatedHeader(line), ...where };
  if (reason === 'hidden-character') return hiddenCharacter(id, idIndex, { line, name: idColumn });
  if (reason === 'blanks-around-id') {
    const start = String.fromCodePoint(id.codePointAt(0)!);
    const atStart = trimmed(start) === '';
    const mark = nameOfBlank(atStart ? start : id.at(-1)!);
    const message = `The ${idKind} "${shown}" ${atStart ? 'begins' : 'ends'} with ${mark}: another visitor than the one without. To take such off: --trim.`;
    return problemOf(reason, message, where);
  }
  if (reason === 'our-blank-key') return problemOf('blank-id', `The ${idKind} is empty.`, where);
  const named = `The thirdPartyId "${shown}"`;
  return reason === 'key-3rd-len'
    ? problemOf('id-too-long', `${named} has more than ${THIRD_PARTY_ID_LENGTH_MAX} characters.`, where)
    : problemOf('id-characters', `${named} contains "${id.includes('+') ? '+' : '/'}", which cannot be sent.`, where);
}

function unnamedColumn(line: number, index: number): InputProblem {
  const message = `Cell ${index + 1} has a value, but its column has no name. Name the column or empty it.`;
  return problemOf('unnamed-column', message, { line, column: index + 1 });
}

const ID_CHARACTERS_SHOWN = 80;
