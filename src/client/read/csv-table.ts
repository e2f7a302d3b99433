/** Reads a CSV with papaparse, a block at a time, keeping track of lines. */
import Papa from 'papaparse';
import type { Fault } from './fault.ts';
import { COLUMNS_MAX, type InputRow, NO_FAULTS, type PlainLines, type RowBlock, type Table } from './row-block.ts';
import type { TextBlock } from './text-blocks.ts';

export interface CsvOptions {
  /** `auto`, or one character. */
  readonly delimiter: string;
  readonly rowCharactersMax: number;
}

export function csvTable(blocks: AsyncIterable<TextBlock>, options: CsvOptions): Table {
  const columns: string[] = [];
  const firstColumns = () => columns.length;
  const table = {
    format: 'csv' as const,
    delimiter: undefined as string | undefined,
    columns,
    firstColumns,
    blocks: read(),
  };

  async function* read(): AsyncGenerator<RowBlock> {
    let parser: Parser | undefined;
    let newline: Newline = '\n';
    let headerSeen = false;
    /** Text not parsed yet: the start of a row whose quotes span blocks. */
    let text = '';
    let line = 1;
    /** The unparsed text is parsed again only when it has doubled: a stray quote must not cost quadratic time. */
    let parseFrom = 0;
    let notUtf8 = new Map<number, string>();

    const parse = (isLast: boolean, bytesRead: number): RowBlock => {
      const result = parser!.parse(text, isLast);
      const faultsByRow = quoteFaults(result, isLast);
      const rows: InputRow[] = [];
      const faults: Fault[] = [];
      const hasQuotes = text.includes('"');
      const mayHoldBreaks = hasQuotes || newline === '\r\n';
      const isQuoted = quotedCells(text);
      for (const [index, cells] of result.data.entries()) {
        const firstLine = line;
        line += mayHoldBreaks ? 1 + lineBreaks(cells) : 1;
        // A line feed file may still hold single CRLF lines.
        if (newline === '\n') stripReturn(cells);
        if (cells.length === 1 && cells[0]!.trim() === '') continue;
        const rowFaults: Fault[] = [];
        if (faultsByRow.has(index)) rowFaults.push(brokenQuotes(cells, firstLine, line - 1));
        if (notUtf8.size > 0) rowFaults.push(...notUtf8Faults(notUtf8, firstLine, line, cells));
        if (!headerSeen) {
          headerSeen = true;
          faults.push(...headerFaults(cells, firstLine, rowFaults));
          for (const name of cells.slice(0, COLUMNS_MAX)) columns.push(name.trim());
          continue;
        }
        if (cells.slice(columns.length).some((cell) => cell.trim() !== ''))
          rowFaults.push(tooManyCells(cells.length, columns.length, firstLine));
        if (newline === '\r\n' && cells.some((cell) => BARE_LINE_FEED.test(cell) && !isQuoted(cell))) {
          const message =
            'The line ends with LF where the header row ends with CRLF. Save the file with one kind of line end.';
          rowFaults.push({ code: 'line-ends', line: firstLine, message, wholeFile: true });
        }
        rows.push({ line: firstLine, cells, faults: rowFaults.length === 0 ? NO_FAULTS : rowFaults });
      }
      text = isLast ? '' : text.slice(result.meta.cursor);
      notUtf8 = new Map([...notUtf8].filter(([number]) => number >= line));
      return { rows, faults, bytesRead };
    };

    let bytesRead = 0;
    for await (const block of blocks) {
      bytesRead = block.bytesRead;
      const plain = headerSeen && text === '' ? plainLines(block, table.delimiter!, newline) : undefined;
      if (plain !== undefined) {
        let rows: readonly InputRow[] | undefined;
        const rowsOf = () => {
          text = block.text;
          return parse(false, bytesRead).rows;
        };
        yield {
          plain,
          get rows() {
            return (rows ??= rowsOf());
          },
          faults: NO_FAULTS,
          bytesRead,
        };
        line = block.firstLine + block.lineFeeds;
        continue;
      }
      text = text === '' ? block.text : text + block.text;
      for (const [number, before] of block.notUtf8) notUtf8.set(number, before);
      if (parser === undefined) {
        const wrong = unreadableStart(text);
        if (wrong !== undefined) {
          yield { rows: [], faults: [wrong], bytesRead };
          return;
        }
        newline = newlineOf(text);
        table.delimiter = options.delimiter === 'auto' ? guessDelimiter(text, newline) : options.delimiter;
        parser = rowParser(table.delimiter, newline);
      }
      if (block.lineTooLong || text.length > options.rowCharactersMax + block.text.length) {
        yield { rows: [], faults: [rowTooLong(line, text.length)], bytesRead };
        return;
      }
      if (text.length < parseFrom) continue;
      const parsed = parse(false, bytesRead);
      parseFrom = 2 * text.length;
      if (parsed.rows.length > 0 || parsed.faults.length > 0) yield parsed;
      if (parsed.faults.length > 0) return;
    }
    if (text !== '') yield parse(true, bytesRead);
    if (!headerSeen) {
      const message = 'The input is empty: its first line names the columns.';
      yield { rows: [], faults: [{ code: 'empty-input', message, wholeFile: true }], bytesRead };
    }
  }

  return table;
}

type Newline = '\n' | '\r\n';

interface Parsed {
  readonly data: string[][];
  readonly errors: readonly { readonly row?: number }[];
  readonly meta: { readonly cursor: number };
}

interface Parser {
  parse(text: string, isLast: boolean): Parsed;
}

/** Undefined where quotes, the line ends, bytes that are not UTF-8 or an uncommon delimiter make the lines a matter for papaparse. */
function plainLines(block: TextBlock, delimiter: string, newline: Newline): PlainLines | undefined {
  const { bytes, firstLine } = block;
  if (block.notUtf8.size > 0 || block.lineTooLong || delimiter.length > 1 || delimiter > '\u007F') return undefined;
  if (bytes.includes(QUOTE) || !bytes.subarray(-newline.length).equals(Buffer.from(newline))) return undefined;
  return { bytes, delimiter: delimiter.charCodeAt(0), newline, firstLine };
}

const QUOTE = 0x22;

/** papaparse's tokenizer itself: its streaming front ends hide where a row stands. */
function rowParser(delimiter: string, newline: Newline): Parser {
  const parser = new Papa.Parser({ delimiter, newline });
  const parse = (text: string, isLast: boolean): Parsed => parser.parse(text, 0, !isLast);
  return { parse };
}

/** papaparse looks at the first ten rows and takes the delimiter that cuts them most evenly. */
function guessDelimiter(text: string, newline: Newline): string {
  const sample = text.slice(0, DELIMITER_SAMPLE_CHARACTERS);
  const end = sample.length < text.length ? sample.lastIndexOf('\n') + 1 : sample.length;
  const { meta } = Papa.parse(sample.slice(0, end === 0 ? sample.length : end), {
    preview: 1,
    newline,
    delimitersToGuess: [',', ';', '\t', '|'],
    skipEmptyLines: true,
  });
  return meta.delimiter;
}

const DELIMITER_SAMPLE_CHARACTERS = 64 * 1024;

/** The line end of the header row holds for the file, so that line breaks inside quoted cells are kept as they are. */
function newlineOf(text: string): Newline {
  const feed = text.indexOf('\n');
  return feed > 0 && text[feed - 1] === '\r' ? '\r\n' : '\n';
}

function unreadableStart(text: string): Fault | undefined {
  if (text.includes('\u0000')) {
    const message = 'The input looks like UTF-16 or binary. Save it as UTF-8.';
    return { code: 'not-utf8', line: 1, message, wholeFile: true };
  }
  const feed = text.indexOf('\n');
  const first = feed === -1 ? text : text.slice(0, feed);
  if (/\r(?!$)/.test(first) && !first.includes('"')) {
    const message = 'The lines end with CR alone. Save the file with LF or CRLF line ends.';
    return { code: 'line-ends', line: 1, message, wholeFile: true };
  }
  return undefined;
}

const BARE_LINE_FEED = /(?<!\r)\n/;

function lineBreaks(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) {
    for (let at = cell.indexOf('\n'); at !== -1; at = cell.indexOf('\n', at + 1)) count += 1;
  }
  return count;
}

/**
 * Tells whether a cell stood in quotes, for cells asked about in the order of the text. papaparse does not say, and a
 * line break outside quotes is another row's beginning.
 */
function quotedCells(text: string): (cell: string) => boolean {
  let from = 0;
  return (cell) => {
    const quoted = `"${cell.replaceAll('"', '""')}"`;
    const at = text.indexOf(quoted, from);
    if (at === -1) return false;
    from = at + quoted.length;
    return true;
  };
}

function stripReturn(cells: string[]): void {
  const last = cells.length - 1;
  if (cells[last]!.endsWith('\r')) cells[last] = cells[last]!.slice(0, -1);
}

/** Rows with quotes that do not close, or close in the middle of a cell; only those that came out whole. */
function quoteFaults(result: Parsed, isLast: boolean): ReadonlySet<number> {
  const rows = new Set<number>();
  for (const { row } of result.errors) {
    if (row !== undefined && (isLast || row < result.data.length)) rows.add(row);
  }
  return rows;
}

function notUtf8Faults(
  lines: ReadonlyMap<number, string>,
  from: number,
  to: number,
  cells: readonly string[],
): Fault[] {
  const faults: Fault[] = [];
  const column = cells.findIndex((cell) => cell.includes('\uFFFD')) + 1;
  for (const [line, before] of lines) {
    if (line < from || line >= to) continue;
    const message = `There are bytes that are not UTF-8 after ${before.length} characters of the line. Save the file as UTF-8.`;
    faults.push({ code: 'not-utf8', line, column, rule: 'our-not-utf8', message, wholeFile: false });
  }
  return faults;
}

/** A faulty header row is a fault of the whole file: nobody knows what the cells below it mean. */
function headerFaults(cells: readonly string[], line: number, rowFaults: readonly Fault[]): Fault[] {
  const faults = rowFaults.map((fault) => ({ ...fault, wholeFile: true }));
  if (cells.length > COLUMNS_MAX) {
    const message = `The header row names ${cells.length} columns; at most ${COLUMNS_MAX} are read.`;
    faults.push({ code: 'too-many-columns', line, message, wholeFile: true });
  }
  return faults;
}

/** A quote in the wrong place takes the lines after it for its cell: such a row cannot be left out without them. */
function brokenQuotes(cells: readonly string[], line: number, lastLine: number): Fault {
  const swallowed = lastLine > line ? ` All up to line ${lastLine} was taken for this row.` : '';
  const message = `The quotes are broken: a quote inside a quoted cell is doubled, and every opened one is closed.${swallowed}`;
  return { code: 'broken-quotes', line, column: cells.length, message, wholeFile: swallowed !== '' };
}

function tooManyCells(cells: number, columns: number, line: number): Fault {
  const message = `The row has ${cells} cells, the header row only ${columns}. A cell that holds the delimiter must be quoted.`;
  return { code: 'too-many-cells', line, column: columns + 1, message, wholeFile: false };
}

function rowTooLong(line: number, characters: number): Fault {
  const message = `The row that begins here has more than ${characters} characters: a quote is not closed, or this is no CSV.`;
  return { code: 'row-too-large', line, message, wholeFile: true };
}
