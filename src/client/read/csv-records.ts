/** CSV lines to cells: by csv-parse (each record's bytes, relaxed quotes) where there is a quote, else by splitting. */
import { hasBlankBeforeQuote } from './blanks.ts';

export interface CsvDialect {
  readonly delimiter: string;
  /** Blanks around cells are none of theirs, and a quote after them opens a quoted cell. */
  readonly trim: boolean;
}

export interface CsvRecord {
  readonly cells: readonly string[];
  /** As it stands in the file, line end included. */
  readonly raw: string;
}

/** Lines without quotes; the last one may lack its line end. */
export function splitLines(text: string, delimiter: string): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  for (let at = 0; at < text.length;) {
    const feed = text.indexOf('\n', at);
    const end = feed === -1 ? text.length : feed + 1;
    const raw = text.slice(at, end);
    const ending = raw.endsWith('\r\n') ? 2 : feed === -1 ? 0 : 1;
    records.push({ cells: raw.slice(0, raw.length - ending).split(delimiter), raw });
    at = end;
  }
  return records;
}

/** All whole records of a piece that begins with one, and how many bytes they take: less than all if a quote stays open. */
export async function parseRecords(
  bytes: Buffer,
  { delimiter, trim }: CsvDialect,
): Promise<{ readonly records: readonly CsvRecord[]; readonly consumed: number }> {
  const { parse, CsvError } = await import('csv-parse/sync');
  const records: CsvRecord[] = [];
  let consumed = 0;
  const take = (cells: string[], end: number) => {
    records.push({ cells, raw: bytes.toString('utf8', consumed, end) });
    consumed = end;
  };
  while (consumed < bytes.length) {
    const start = consumed;
    try {
      parse(bytes.subarray(start), {
        delimiter,
        ltrim: trim,
        rtrim: trim,
        record_delimiter: ['\r\n', '\n'],
        relax_column_count: true,
        relax_quotes: true,
        on_record: (cells: string[], context) => {
          take(cells, start + context.bytes);
          return null;
        },
      });
      break;
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      if (error.code === 'CSV_QUOTE_NOT_CLOSED') return { records, consumed };
      // Trimming, it does not relax what follows a closing quote. Such a line is no record, and goes as it stands.
      const feed = bytes.indexOf(LINE_FEED, consumed);
      const end = feed === -1 ? bytes.length : feed + 1;
      take(bytes.toString('utf8', consumed, end).trimEnd().split(delimiter), end);
    }
  }
  return { records, consumed: bytes.length };
}

const LINE_FEED = 0x0a;

export type OddCell = { readonly kind: 'broken-quotes' | 'blank-and-quote' | 'stray-return'; readonly index: number };

/** The first cell that does not say what stands in the file, or what was plainly meant: each quoted one is written again. */
export function oddCell({ cells, raw }: CsvRecord, { delimiter, trim }: CsvDialect): OddCell | undefined {
  if (!raw.includes('"')) {
    if (!/\r(?!\n$)/.test(raw)) return undefined;
    const index = raw
      .replace(/\r?\n$/, '')
      .split(delimiter)
      .findIndex((cell) => cell.includes('\r'));
    return { kind: 'stray-return', index };
  }
  let at = 0;
  for (const [index, cell] of cells.entries()) {
    const before = at;
    if (trim) at = afterBlanks(raw, at, delimiter);
    const start = at;
    const isQuoted = raw[at] === '"';
    if (isQuoted) {
      const quoted = `"${cell.replaceAll('"', '""')}"`;
      if (raw.startsWith(quoted, at)) at += quoted.length;
    } else {
      at += cell.length;
      if (hasBlankBeforeQuote(cell)) return { kind: 'blank-and-quote', index };
    }
    const end = at;
    if (trim) at = afterBlanks(raw, at, delimiter);
    if (isQuoted && (end === start || !endsCell(raw, at, delimiter))) {
      return {
        kind: !trim && hasBlankBehindQuotes(raw, start, delimiter) ? 'blank-and-quote' : 'broken-quotes',
        index,
      };
    }
    const outside = raw.slice(before, start) + (isQuoted ? '' : cell) + raw.slice(end, at);
    if (outside.includes('\r')) return { kind: 'stray-return', index };
    at += delimiter.length;
  }
  return undefined;
}

function hasBlankBehindQuotes(raw: string, start: number, delimiter: string): boolean {
  QUOTED.lastIndex = start;
  if (!QUOTED.test(raw)) return false;
  const end = QUOTED.lastIndex;
  const at = afterBlanks(raw, end, delimiter);
  return at > end && endsCell(raw, at, delimiter);
}

const QUOTED = /"(?:[^"]|"")*"/y;

function endsCell(raw: string, at: number, delimiter: string): boolean {
  return raw.startsWith(delimiter, at) || at >= raw.length || raw[at] === '\n' || raw.startsWith('\r\n', at);
}

function afterBlanks(raw: string, from: number, delimiter: string): number {
  let at = from;
  while (at < raw.length && !endsCell(raw, at, delimiter) && raw[at]!.trim() === '') at += 1;
  return at;
}
