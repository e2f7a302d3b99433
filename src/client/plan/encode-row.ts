/** Turns one input row into one line of a batch file, or says what is wrong with it. */
import { writeDataRow } from '../../protocol/batch-file/write-batch-file.ts';
import { refusedId } from '../../protocol/rules/keys.ts';
import { PROFILE_BYTES_MAX, THIRD_PARTY_ID_LENGTH_MAX } from '../../protocol/vocabulary/index.ts';
import { nameOfBlank, trimmed } from '../read/blanks.ts';
import { type InputProblem, problemOf, HIDDEN, hiddenCharacter, repeatedHeader } from '../read/input-problem.ts';
import type { InputRow } from '../read/row-block.ts';
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

/** `text` has no line feed and is ASCII, so that its length is its size in bytes; or what keeps the row from being sent. */
export type RowReading =
  { readonly row: EncodedRow; readonly text: string } | { readonly problems: readonly InputProblem[] };

/** `mapping` belongs to the table the row came from. */
export function encodeRow(
  { line, cells, problems: rowProblems, isShort }: InputRow,
  mapping: ColumnMapping,
  textBytesMax: number,
  warnings?: WarningCollector,
): RowReading {
  // What is wrong with the row as such leaves no cells that could be trusted; naming problems in them would only mislead.
  if (rowProblems.length > 0) return { problems: rowProblems };

  const id = mapping.cellOf(cells[mapping.idIndex] ?? '', 'id');
  const refused = idProblem(id, line, mapping);
  const problems = refused === undefined ? [] : [refused];

  const values: (string | undefined)[] = [...mapping.constants];
  if (mapping.idTarget !== undefined) values[mapping.idTarget] = id;
  // Cells beyond the columns are blank, or a problem of the row.
  const count = Math.min(cells.length, mapping.targets.length);
  for (let index = 0; index < count; index += 1) {
    const given = cells[index];
    if (given === undefined) continue;
    const target = mapping.targets[index]!;
    if (target === UNNAMED && trimmed(given) !== '') {
      const message = `Cell ${index + 1} has a value, but its column has no name. Name the column or empty it.`;
      problems.push(problemOf('unnamed-column', message, { line, column: index + 1 }));
    }
    const cell = target < 0 ? '' : mapping.cellOf(given, 'value');
    if (cell !== '') values[target] = cell;
  }
  if (problems.length > 0) return { problems };

  const text = writeDataRow(id, values);
  if (text.length > textBytesMax) {
    const message = `The row alone has ${text.length} encoded bytes; a part has at most ${textBytesMax}.`;
    return { problems: [problemOf('row-too-large', message, { line, rule: 'lim-file-size' })] };
  }
  if (warnings !== undefined) noteRow(id, values, text, line, mapping, warnings);
  if (isShort === true) warnings?.row('short-row', line);
  return { row: { bytes: text.length + 1, isEmpty: values.length === 0, line }, text };
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
  if (text.length + nameBytes > PROFILE_BYTES_MAX && profileBytes(values, planned) > PROFILE_BYTES_MAX)
    warnings.row('large-profile', line);
}

/** As the emulator counts them: UTF-8 of names and values. */
function profileBytes(values: readonly (string | undefined)[], planned: readonly PlannedColumn[]): number {
  let bytes = 0;
  for (const [target, value] of values.entries()) {
    if (value !== undefined) bytes += Buffer.byteLength(planned[target]!.attribute) + Buffer.byteLength(value);
  }
  return bytes;
}

/** What keeps an id from being sent. */
export function idProblem(id: string, line: number, { idKind, idColumn, idIndex }: ColumnMapping) {
  const bare = trimmed(id);
  const where = { line, ...(idIndex !== -1 && { column: idIndex + 1 }), name: idColumn };
  const shown = id.length > ID_CHARACTERS_SHOWN ? `${id.slice(0, ID_CHARACTERS_SHOWN)}…` : id;
  if (bare === '') return problemOf('blank-id', `The ${idKind} is empty.`, where);
  if (bare === idColumn) return { ...repeatedHeader(line), ...where };
  if (bare !== id) {
    const start = String.fromCodePoint(id.codePointAt(0)!);
    const atStart = trimmed(start) === '';
    const mark = nameOfBlank(atStart ? start : id.at(-1)!);
    const message = `The ${idKind} "${shown}" ${atStart ? 'begins' : 'ends'} with ${mark}: another visitor than the one without. To take such off: --trim.`;
    return problemOf('blanks-around-id', message, where);
  }
  if (HIDDEN.test(id)) return hiddenCharacter(id, idIndex, { line, name: idColumn });
  const rule = refusedId(idKind, id, 'fail');
  if (rule === undefined) return undefined;
  const named = `The thirdPartyId "${shown}"`;
  return rule === 'key-3rd-len'
    ? problemOf('id-too-long', `${named} has more than ${THIRD_PARTY_ID_LENGTH_MAX} characters.`, where)
    : problemOf('id-characters', `${named} contains "${id.includes('+') ? '+' : '/'}", which cannot be sent.`, where);
}

const ID_CHARACTERS_SHOWN = 80;
