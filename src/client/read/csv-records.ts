/** CSV lines to cells: by csv-parse (each record's bytes, relaxed quotes) where there is a quote, else by splitting; and by what. */
import { BLANK } from './blanks.ts';

export interface CsvDialect {
  readonly delimiter: string;
  /** Blanks around cells are none of theirs, and a quote after them opens a quoted cell. */
  readonly trim: boolean;
}

export interface CsvRecord {
  readonly cells: readonly string[];
  /** As it stands in the file, line end included. */
  readonly raw: string;
  /** A line that the library makes no record of. */
  readonly isBroken?: true;
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
export async function parseRecords(bytes: Buffer, { delimiter, trim }: CsvDialect) {
  const { parse, CsvError } = await import('csv-parse/sync');
  const records: CsvRecord[] = [];
  let consumed = 0;
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
          const end = start + context.bytes;
          records.push({ cells, raw: bytes.toString('utf8', consumed, end) });
          consumed = end;
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
      const raw = bytes.toString('utf8', consumed, end);
      records.push({ cells: raw.trimEnd().split(delimiter), raw, isBroken: true });
      consumed = end;
    }
  }
  return { records, consumed: bytes.length };
}

const LINE_FEED = 0x0a;

export type OddCell = Readonly<{ kind: 'broken-quotes' | 'blank-and-quote' | 'stray-return'; index: number }>;

/**
 * Finds the first cell of a record that does not say what was plainly meant. A quote within a bare cell may stay. Cell by cell
 * and with searches for one character: the stack of a longer pattern overflows where a stray quote has taken megabytes.
 */
export function oddCellFinder({ delimiter, trim }: CsvDialect): (record: CsvRecord) => OddCell | undefined {
  const separator = `\\u{${delimiter.codePointAt(0)!.toString(16)}}`;
  const bareEnd = firstOf(`[\\r\\n${separator}]`);
  const behindBlanks = firstOf(`[^${BLANK}--[${separator}]]`);
  const behindTrimmed = trim ? firstOf(`[^\\s--[\\r\\n${separator}]]`) : (_: string, from: number) => from;
  const endsCell = (raw: string, at: number) => raw.startsWith(delimiter, at) || isLineEnd(raw, at);
  /** Where the cell that begins here would end if it were sound. */
  const soundEnd = (raw: string, from: number) => {
    const quoted = quotedEnd(raw, behindTrimmed(raw, from));
    if (quoted !== undefined) return behindTrimmed(raw, quoted);
    return raw[behindBlanks(raw, from)] === '"' ? undefined : bareEnd(raw, from);
  };
  const hasBlankAndQuote = (raw: string, from: number) => {
    const quote = behindAnyBlanks(raw, from);
    if (quote > from) return raw[quote] === '"';
    const end = quotedEnd(raw, from) ?? raw.length;
    const next = behindSpace(raw, end);
    for (let at = end + 1; at <= next; at += 1) if (endsCell(raw, at)) return true;
    return false;
  };
  return ({ raw, isBroken }) => {
    if (!/"|\r(?!\n$)/.test(raw)) return undefined;
    for (let index = 0, at = 0; ; index += 1) {
      const end = soundEnd(raw, at);
      if (end !== undefined && raw.startsWith(delimiter, end)) {
        at = end + delimiter.length;
        continue;
      }
      if (end !== undefined && isLineEnd(raw, end)) return isBroken && { kind: 'broken-quotes', index };
      if (!trim && hasBlankAndQuote(raw, at)) return { kind: 'blank-and-quote', index };
      return { kind: raw[behindSpace(raw, at)] === '"' ? 'broken-quotes' : 'stray-return', index };
    }
  };
}

/** Where such a character stands first from somewhere on, or the end. */
function firstOf(characterClass: string): (raw: string, from: number) => number {
  const pattern = new RegExp(characterClass, 'gv');
  return (raw, from) => {
    pattern.lastIndex = from;
    return pattern.exec(raw)?.index ?? raw.length;
  };
}

const behindSpace = firstOf('\\S');
const behindAnyBlanks = firstOf(`[^${BLANK}]`);

/** Behind the quote that closes the one here, if there are both. */
function quotedEnd(raw: string, start: number): number | undefined {
  if (raw[start] !== '"') return undefined;
  for (let at = raw.indexOf('"', start + 1); at !== -1; at = raw.indexOf('"', at + 2))
    if (raw[at + 1] !== '"') return at + 1;
  return undefined;
}

const isLineEnd = (raw: string, at: number) => raw.length - at <= 2 && /^(?:\r?\n)?$/.test(raw.slice(at));

/** Excel's first line, which names the delimiter and is no row. */
export function separatorLine(text: string): { readonly delimiter: string; readonly line: string } | undefined {
  const [line, delimiter] = /^"?sep=([^\r\n"])"?\r?(?:\n|$)/iu.exec(text) ?? [];
  return line === undefined || delimiter === undefined ? undefined : { delimiter, line };
}

/** `sample` is the beginning of the file, header row included. */
export async function guessDelimiter(sample: string): Promise<string> {
  const shown = sample.slice(0, SAMPLE_CHARACTERS);
  const end = shown.length < sample.length ? shown.lastIndexOf('\n') + 1 : 0;
  const text = end === 0 ? shown : shown.slice(0, end);
  let best = { delimiter: ',', evenness: 0, cells: 1 };
  for (const delimiter of [',', ';', '\t', '|']) {
    const records = text.includes('"')
      ? (await parseRecords(Buffer.from(text), { delimiter, trim: true })).records
      : splitLines(text.split('\n', SAMPLE_ROWS).join('\n'), delimiter);
    const lengths = records.slice(0, SAMPLE_ROWS).map(({ cells }) => cells.length);
    const cells = lengths[0] ?? 1;
    const evenness = lengths.filter((length) => length === cells).length / lengths.length;
    if (cells < 2) continue;
    if (evenness > best.evenness || (evenness === best.evenness && cells > best.cells))
      best = { delimiter, evenness, cells };
  }
  return best.delimiter;
}

const SAMPLE_CHARACTERS = 64 * 1024;
const SAMPLE_ROWS = 10;
