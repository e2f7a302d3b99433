/** Reads a CSV a block at a time, keeping track of lines. */
import { trimmed } from './blanks.ts';
import {
  cutRow,
  headerProblems,
  joinedOrBinary,
  notUtf8Problems,
  oddCellProblem,
  otherLineEnd,
  rowTooLong,
  tooManyCells,
  unreadableStart,
} from './csv-problems.ts';
import { type CsvDialect, type CsvRecord, oddCell, parseRecords, splitLines } from './csv-records.ts';
import { guessDelimiter, separatorLine } from './delimiter.ts';
import { type InputProblem, problemOf } from './input-problem.ts';
import { COLUMNS_MAX, type InputRow, type Newline, NO_PROBLEMS, type RowBlock, type Table } from './row-block.ts';
import { lineFeedsIn, type TextBlock } from './text-blocks.ts';

export interface CsvOptions {
  /** `auto`, or one character. */
  readonly delimiter: string;
  /** See `CsvDialect`. */
  readonly trim: boolean;
  /** What the file is said to be in, for messages. */
  readonly encoding: string;
  readonly rowCharactersMax: number;
}

export function csvTable(blocks: AsyncIterable<TextBlock>, options: CsvOptions): Table {
  const columns: string[] = [];
  let dialect: CsvDialect | undefined;
  let header = '';
  let newline: Newline | undefined;
  /** The next record's first line. */
  let line = 1;
  let notUtf8 = new Map<number, string>();

  /** The header row is taken off; rows that nobody could send as they stand have their problems. */
  const rowsOf = (records: readonly CsvRecord[], isLast: boolean): Pick<RowBlock, 'rows' | 'problems'> => {
    const { delimiter, trim } = dialect!;
    const rows: InputRow[] = [];
    for (const record of records) {
      const { raw } = record;
      // The library trims where it is asked to; a line that was split has its blanks still.
      const cells = trim ? record.cells.map(trimmed) : record.cells;
      const firstLine = line;
      line += raw.split('\n').length - 1;
      if (cells.length === 1 && trimmed(cells[0]!) === '') continue;
      const odd = oddCell(record, dialect!);
      const problems: InputProblem[] = [];
      if (odd !== undefined) problems.push(oddCellProblem(odd, firstLine, line - 1));
      else if (raw.startsWith(BYTE_ORDER_MARK) || raw.includes('\0'))
        problems.push(...joinedOrBinary(cells, columns, firstLine));
      if (notUtf8.size > 0) problems.push(...notUtf8Problems(notUtf8, firstLine, line, cells, options.encoding));
      if (newline === undefined) {
        newline = raw.endsWith('\r\n') ? '\r\n' : '\n';
        // Of few rows nobody could guess what separates their cells.
        header = `${delimiter === ',' ? '' : `sep=${delimiter}\n`}${raw}`;
        for (const name of cells.slice(0, COLUMNS_MAX)) columns.push(trimmed(name));
        const found = headerProblems(cells, firstLine, problems);
        if (found.length > 0) return { rows, problems: found };
        continue;
      }
      const isCut = cells.slice(columns.length).some((cell) => trimmed(cell) !== '');
      if (isCut && odd === undefined) problems.push(tooManyCells(cells.length, columns.length, firstLine));
      if (odd === undefined && cells.length < columns.length && !raw.endsWith('\n'))
        problems.push(cutRow(cells.length, columns.length, firstLine));
      if (newline === '\r\n' && raw.endsWith('\n') && !raw.endsWith('\r\n')) problems.push(otherLineEnd(firstLine));
      const isShort = cells.length <= columns.findLastIndex((name) => name !== '');
      rows.push({
        line: firstLine,
        text: raw,
        cells,
        isShort,
        problems: problems.length === 0 ? NO_PROBLEMS : problems,
      });
    }
    notUtf8 = new Map([...notUtf8].filter(([number]) => number >= line && !isLast));
    return { rows, problems: NO_PROBLEMS };
  };

  async function* read(): AsyncGenerator<RowBlock> {
    /** What begins with a record whose quotes span blocks. */
    let held: Buffer[] = [];
    let heldBytes = 0;
    /** It is parsed again only when it has doubled: a stray quote must not cost quadratic time. */
    let parseFrom = 0;
    for await (const block of blocks) {
      for (const [number, before] of block.notUtf8) notUtf8.set(number, before);
      let { bytes } = block;
      if (dialect === undefined) {
        const wrong = unreadableStart(block.text);
        if (wrong !== undefined) return yield { rows: [], problems: [wrong] };
        const separator = separatorLine(block.text);
        const start = block.text.slice(separator?.line.length ?? 0);
        if (separator !== undefined) {
          bytes = bytes.subarray(Buffer.byteLength(separator.line));
          line += 1;
        }
        const { delimiter: said, trim } = options;
        dialect = { delimiter: said === 'auto' ? (separator?.delimiter ?? (await guessDelimiter(start))) : said, trim };
      }
      if (block.lineTooLong || heldBytes > options.rowCharactersMax) {
        return yield { rows: [], problems: [rowTooLong(line, heldBytes + block.bytes.length)] };
      }
      const { delimiter } = dialect;
      const mayBePlain = block.notUtf8.size === 0 && delimiter.length === 1 && delimiter <= '\u007F';
      let from = 0;
      while (from < bytes.length) {
        const isRowStart = heldBytes === 0;
        const to = isRowStart && mayBePlain ? plainEnd(bytes, from) : from;
        if (to > from) {
          const isOver = yield* plainBlock(bytes.subarray(from, to));
          if (isOver) return;
          from = to;
          continue;
        }
        const end = isRowStart && mayBePlain ? quotedEnd(bytes, from) : bytes.length;
        const rest = bytes.subarray(from, end);
        from = end;
        if (heldBytes + rest.length < parseFrom) {
          held.push(Buffer.from(rest));
          heldBytes += rest.length;
          continue;
        }
        const piece = isRowStart ? rest : Buffer.concat([...held, rest]);
        const { records, consumed } = await parseRecords(piece, dialect);
        held = [Buffer.from(piece.subarray(consumed))];
        heldBytes = piece.length - consumed;
        parseFrom = 2 * heldBytes;
        const found = rowsOf(records, false);
        if (columns.length > 0) yield found;
        if (found.problems.length > 0) return;
      }
    }
    if (heldBytes > 0) {
      const found = rowsOf(await lastRecords(Buffer.concat(held)), true);
      if (columns.length > 0) yield found;
      if (found.problems.length > 0) return;
    }
    if (newline === undefined) {
      const message = 'The input is empty: its first line names the columns.';
      yield { rows: [], problems: [problemOf('empty-input', message)] };
    }
  }

  /** Lines without quotes. True if there is a problem of the whole file among them. */
  async function* plainBlock(bytes: Buffer): AsyncGenerator<RowBlock, boolean> {
    const firstLine = line;
    const { delimiter } = dialect!;
    const parse = () => {
      line = firstLine;
      return rowsOf(splitLines(bytes.toString(), delimiter), false);
    };
    const isEnded = bytes.at(-1) === LINE_FEED;
    if (newline === undefined || !isEnded || (newline === '\r\n' && bytes.at(-2) !== CARRIAGE_RETURN)) {
      const found = parse();
      if (columns.length > 0) yield found;
      return found.problems.length > 0;
    }
    let parsed: readonly InputRow[] | undefined;
    yield {
      plain: { bytes, delimiter: delimiter.charCodeAt(0), newline, firstLine },
      get rows() {
        return (parsed ??= parse().rows);
      },
      problems: NO_PROBLEMS,
    };
    line = firstLine + lineFeedsIn(bytes);
    return false;
  }

  /** At the end of the file an open quote stays open: what it has swallowed is one broken row. */
  async function lastRecords(bytes: Buffer): Promise<readonly CsvRecord[]> {
    const { records, consumed } = await parseRecords(bytes, dialect!);
    if (consumed === bytes.length) return records;
    const raw = bytes.toString('utf8', consumed);
    return [...records, { cells: raw.split(dialect!.delimiter), raw }];
  }

  return {
    format: 'csv',
    get delimiter() {
      return dialect?.delimiter;
    },
    columns,
    get header() {
      return header;
    },
    firstColumns: () => columns.length,
    blocks: read(),
  };
}

const BYTE_ORDER_MARK = '\uFEFF';
const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Where the lines without quotes end that begin at `from`. */
function plainEnd(bytes: Buffer, from: number): number {
  const quote = bytes.indexOf(QUOTE, from);
  return quote === -1 ? bytes.length : bytes.lastIndexOf(LINE_FEED, quote) + 1 || 0;
}

/** Where lines with quotes end: behind the first line by which all quotes have their partner and after which some lines have none. */
function quotedEnd(bytes: Buffer, from: number): number {
  let isOpen = false;
  let quote = bytes.indexOf(QUOTE, from);
  for (let at = from; at < bytes.length;) {
    const feed = bytes.indexOf(LINE_FEED, at);
    const end = feed === -1 ? bytes.length : feed + 1;
    while (quote !== -1 && quote < end) {
      isOpen = !isOpen;
      quote = bytes.indexOf(QUOTE, quote + 1);
    }
    if (!isOpen && (quote === -1 ? bytes.length : quote) - end > PLAIN_BYTES_MIN) return end;
    at = end;
  }
  return bytes.length;
}

/** A block is worth its while. */
const PLAIN_BYTES_MIN = 4096;
