/** Reads a CSV a block at a time, keeping track of lines. */
import type { CompleteInputOptions } from '../upload-options.ts';
import { trimmed } from './blanks.ts';
import { headerProblems, rowProblems, unreadableStart } from './csv-problems.ts';
import { oddCellFinder, parseRecords, splitLines, guessDelimiter, separatorLine } from './csv-records.ts';
import type { CsvDialect, CsvRecord } from './csv-records.ts';
import { type InputProblem, problemOf } from './input-problem.ts';
import { COLUMNS_MAX, type InputRow, type Newline, NO_PROBLEMS, type RowBlock, type Table } from './row-block.ts';
import { lineFeedsIn, type TextBlock } from './text-blocks.ts';

/** A longer row is no CSV's. */
export type CsvOptions = Pick<CompleteInputOptions, 'delimiter' | 'trim' | 'encoding'> & { rowCharactersMax: number };

export function csvTable(blocks: AsyncIterable<TextBlock>, options: CsvOptions): Table {
  const columns: string[] = [];
  const table = { format: 'csv' as const, delimiter: '', columns, header: '', firstColumns: 0, blocks: rowBlocks() };
  let newline: Newline | undefined;
  let oddCell = oddCellFinder({ delimiter: ',', trim: false });
  /** The next record's first line. */
  let line = 1;
  const notUtf8 = new Map<number, string>();

  /** The header row is taken off; rows that nobody could send as they stand have their problems. */
  function rowsOf(records: readonly CsvRecord[], firstLine: number): Pick<RowBlock, 'rows' | 'problems'> {
    const rows: InputRow[] = [];
    let next = firstLine;
    for (const record of records) {
      const { raw } = record;
      // The library trims where it is asked to; a line that was split has its blanks still.
      const cells = options.trim ? record.cells.map(trimmed) : record.cells;
      const at = next;
      next += raw.split('\n').length - 1;
      if (cells.length === 1 && trimmed(cells[0]!) === '') continue;
      const read = { ...record, cells, line: at, lastLine: raw.endsWith('\n') ? next - 1 : next };
      const context = { columns, newline, notUtf8, oddCell, encoding: options.encoding };
      if (newline !== undefined) {
        const problems = [...rowProblems(read, context)];
        const isShort = cells.length <= columns.findLastIndex((name) => name !== '');
        rows.push({ line: at, text: raw, cells, isShort, problems: problems.length === 0 ? NO_PROBLEMS : problems });
        continue;
      }
      const problems = headerProblems(read, context);
      newline = raw.endsWith('\r\n') ? '\r\n' : '\n';
      // Of few rows nobody could guess what separates their cells.
      table.header = `${table.delimiter === ',' ? '' : `sep=${table.delimiter}\n`}${raw}`;
      table.firstColumns = columns.push(...cells.slice(0, COLUMNS_MAX).map(trimmed));
      if (problems.length > 0) return { rows, problems };
    }
    return { rows, problems: NO_PROBLEMS };
  }

  /** Lines without quotes are taken apart only if somebody wants them so. */
  function plainBlock(bytes: Buffer): RowBlock {
    const firstLine = line;
    line += lineFeedsIn(bytes);
    const parsed = () => rowsOf(splitLines(bytes.toString(), table.delimiter), firstLine);
    const isEnded = bytes.at(-1) === LINE_FEED && (newline === '\n' || bytes.at(-2) === CARRIAGE_RETURN);
    if (newline === undefined || !isEnded) return parsed();
    let rows: readonly InputRow[] | undefined;
    return {
      plain: { bytes, delimiter: table.delimiter.charCodeAt(0), newline, firstLine },
      get rows() {
        return (rows ??= parsed().rows);
      },
      problems: NO_PROBLEMS,
    };
  }

  function recordBlock(records: readonly CsvRecord[], bytes: Buffer): RowBlock {
    const block = rowsOf(records, line);
    line += lineFeedsIn(bytes);
    for (const number of notUtf8.keys()) if (number < line) notUtf8.delete(number);
    return block;
  }

  async function* found(): AsyncGenerator<RowBlock> {
    let dialect: CsvDialect | undefined;
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
        if (wrong !== undefined) yield only(wrong);
        const separator = separatorLine(block.text);
        if (separator !== undefined) {
          bytes = bytes.subarray(Buffer.byteLength(separator.line));
          line += 1;
        }
        const { delimiter: said, trim } = options;
        table.delimiter = said === 'auto' ? (separator?.delimiter ?? (await guessDelimiter(block.text))) : said;
        dialect = { delimiter: table.delimiter, trim };
        oddCell = oddCellFinder(dialect);
      }
      if (block.lineTooLong || heldBytes > options.rowCharactersMax) {
        const message = `The row that begins here has more than ${heldBytes + block.bytes.length} characters: a quote is not closed, or this is no CSV.`;
        yield only(problemOf('row-too-large', message, { line, wholeFile: true }));
      }
      const mayBePlain = block.notUtf8.size === 0 && /^[\0-\x7f]$/.test(table.delimiter);
      for (const { piece, isPlain } of mayBePlain ? piecesOf(bytes) : [{ piece: bytes, isPlain: false }]) {
        if (isPlain && heldBytes === 0) {
          // The header row alone: what follows it is read the quick way.
          const start = newline === undefined ? piece.indexOf(LINE_FEED) + 1 : 0;
          if (start > 0) yield plainBlock(piece.subarray(0, start));
          if (start < piece.length) yield plainBlock(piece.subarray(start));
          continue;
        }
        held.push(Buffer.from(piece));
        heldBytes += piece.length;
        if (heldBytes < parseFrom) continue;
        const all = Buffer.concat(held);
        const { records, consumed } = await parseRecords(all, dialect);
        held = [all.subarray(consumed)];
        heldBytes = all.length - consumed;
        parseFrom = 2 * heldBytes;
        yield recordBlock(records, all.subarray(0, consumed));
      }
    }
    if (dialect === undefined || heldBytes === 0) return;
    // At the end of the file an open quote stays open: what it has swallowed is one broken row.
    const all = Buffer.concat(held);
    const { records, consumed } = await parseRecords(all, dialect);
    const raw = all.toString('utf8', consumed);
    yield recordBlock(raw === '' ? records : [...records, { cells: raw.split(dialect.delimiter), raw }], all);
  }

  async function* rowBlocks(): AsyncGenerator<RowBlock> {
    for await (const block of found()) {
      if (columns.length > 0 || block.problems.length > 0) yield block;
      if (block.problems.length > 0) return;
    }
    if (newline === undefined)
      yield only(problemOf('empty-input', 'The input is empty: its first line names the columns.'));
  }

  return table;
}

const only = (problem: InputProblem): RowBlock => ({ rows: [], problems: [problem] });

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Lines without quotes, and lines with them: up to one by which all quotes have their partner and after which some lines have none. */
function* piecesOf(bytes: Buffer): Generator<{ readonly piece: Buffer; readonly isPlain: boolean }> {
  const { length } = bytes;
  const quoteFrom = (from: number) => {
    const at = bytes.indexOf(QUOTE, from);
    return at === -1 ? length : at;
  };
  let quote = quoteFrom(0);
  for (let at = 0; at < length;) {
    const plainTo = quote === length ? length : bytes.lastIndexOf(LINE_FEED, quote) + 1;
    if (plainTo > at) {
      yield { piece: bytes.subarray(at, plainTo), isPlain: true };
      at = plainTo;
      continue;
    }
    const start = at;
    for (let isOpen = false; at < length && (isOpen || at === start || quote - at <= PLAIN_BYTES_MIN);) {
      at = bytes.indexOf(LINE_FEED, at) + 1 || length;
      for (; quote < at; quote = quoteFrom(quote + 1)) isOpen = !isOpen;
    }
    yield { piece: bytes.subarray(start, at), isPlain: false };
  }
}

/** A block is worth its while. */
const PLAIN_BYTES_MIN = 4096;
