/** What can be wrong with a CSV's lines, in words. */
import { trimmed } from './blanks.ts';
import type { CsvRecord, OddCell } from './csv-records.ts';
import { type InputProblem, problemOf, HIDDEN, hiddenCharacter, notText, repeatedHeader } from './input-problem.ts';
import { COLUMNS_MAX, type Newline } from './row-block.ts';
import type { TextBlock } from './text-blocks.ts';

/** CR alone is told of the first line as a whole: nothing else would be understood. */
export function unreadableStart(text: string): InputProblem | undefined {
  const feed = text.indexOf('\n');
  const first = feed === -1 ? text : text.slice(0, feed);
  if (!/\r(?!$)/.test(first.replaceAll(/"(?:[^"]|"")*"/g, '')) && !(feed === -1 && /"\r/.test(first))) return undefined;
  const message =
    "The lines end with CR alone, as on a Mac of old. Give the file LF line ends: tr '\\r' '\\n' < FILE | tpe upload -";
  return problemOf('line-ends', message, { line: 1, wholeFile: true });
}

export type ReadRecord = CsvRecord & Readonly<{ line: number; lastLine: number }>;

/** What the rows of a file are judged by. Without a `newline` there is no header row yet; `notUtf8` is that of `TextBlock`. */
export interface RowContext extends Pick<TextBlock, 'notUtf8'> {
  readonly columns: readonly string[];
  readonly newline: Newline | undefined;
  readonly encoding: string;
  readonly oddCell: (record: CsvRecord) => OddCell | undefined;
}

/** Of any row, the header row included. */
export function* rowProblems(record: ReadRecord, { columns, newline, encoding, notUtf8, oddCell }: RowContext) {
  const { cells, raw, line, lastLine } = record;
  const odd = oddCell(record);
  if (odd !== undefined) yield oddCellProblem(odd, line, lastLine);
  else if (raw.startsWith(BYTE_ORDER_MARK) || raw.includes('\0')) yield* joinedOrBinary(cells, columns, line);
  for (const [number, before] of notUtf8) {
    if (number < line || number > lastLine) continue;
    yield { ...notText(number, before, encoding), column: cells.findIndex((cell) => cell.includes('\uFFFD')) + 1 };
  }
  if (newline === undefined) return;
  const { length } = columns;
  if (odd === undefined && cells.slice(length).some((cell) => trimmed(cell) !== '')) {
    const message = `The row has ${cells.length} cells, the header row only ${length}. A cell that holds the delimiter must be quoted.`;
    yield problemOf('too-many-cells', message, { line, column: length + 1 });
  }
  // An export that broke off, by a full disk or a lost connection, ends so.
  if (odd === undefined && cells.length < length && !raw.endsWith('\n')) {
    const message = `The file ends in this row, with ${cells.length} of ${length} cells and no line end: is the export complete?`;
    yield problemOf('cut-row', message, { line });
  }
  if (newline === '\r\n' && /(?<!\r)\n$/.test(raw)) {
    const message =
      'The line ends with LF where the header row ends with CRLF. Save the file with one kind of line end.';
    yield problemOf('line-ends', message, { line, wholeFile: true });
  }
}

/** A problem of the header row is one of the whole file: nobody knows what the cells below it mean. */
export function headerProblems(record: ReadRecord, context: RowContext): InputProblem[] {
  const { cells, line } = record;
  const problems = [...rowProblems(record, context)].map((problem) => ({ ...problem, wholeFile: true }));
  const hidden = cells.findIndex((name) => HIDDEN.test(trimmed(name)));
  if (hidden !== -1 && problems.length === 0)
    problems.push(hiddenCharacter(cells[hidden]!, hidden, { line, wholeFile: true }));
  if (cells.length > COLUMNS_MAX) {
    const message = `The header row names ${cells.length} columns; at most ${COLUMNS_MAX} are read.`;
    problems.push(problemOf('too-many-columns', message, { line }));
  }
  return problems;
}

/** A byte order mark in the middle says that files were joined; of a trimmed row it is gone. */
function joinedOrBinary(cells: readonly string[], columns: readonly string[], line: number): InputProblem[] {
  const isHeader = columns.length > 0 && columns.every((name, index) => trimmed(cells[index] ?? '') === name);
  if (isHeader) return [repeatedHeader(line)];
  const hidden = cells.findIndex((cell) => HIDDEN.test(cell));
  return hidden === -1 ? [] : [hiddenCharacter(cells[hidden]!, hidden, { line })];
}

/** A row that swallowed others cannot be left out without them. */
function oddCellProblem({ kind, index }: OddCell, line: number, lastLine: number): InputProblem {
  const isSwallowing = kind === 'broken-quotes' && lastLine > line;
  const swallowed = isSwallowing ? ` All up to line ${lastLine} was taken for this row.` : '';
  const code = kind === 'stray-return' ? 'line-ends' : kind;
  return problemOf(code, ODD_CELLS[kind] + swallowed, { line, column: index + 1, wholeFile: isSwallowing });
}

const ODD_CELLS: Readonly<Record<OddCell['kind'], string>> = {
  // Whichever way it is read, what it may have joined ends with the line.
  'stray-return': 'A CR stands within the line, outside of quotes: the end of a row, or a value that must be quoted?',
  'blank-and-quote':
    'There is a blank between the delimiter and a quote, so that the quotes would be part of the value. To read them as quotes: --trim.',
  'broken-quotes': 'The quotes are broken: a quote inside a quoted cell is doubled, and every opened one is closed.',
};

const BYTE_ORDER_MARK = '\uFEFF';
