/** The CSV of customer attributes: line breaks, quotes and commas stand in quotes, a quote in there behind a backslash (ca-quoting). */

/** Where the row ends that begins at `start`: at its LF, or -1 where the bytes end before. Ask in ascending order. */
export function rowEnds(bytes: Buffer): (start: number) => number {
  let quote = -1;
  return (start) => {
    if (quote < start) quote = bytes.indexOf(QUOTE, start);
    if (quote === -1) quote = Infinity;
    const end = bytes.indexOf(LF, start);
    return quote > end ? end : endOfQuoted(bytes, start);
  };
}

/** Within quotes a line break is a character like any other. */
function endOfQuoted(bytes: Buffer, start: number): number {
  let isQuoted = false;
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === BACKSLASH && isQuoted) at += 1;
    else if (byte === QUOTE) isQuoted = !isQuoted;
    else if (byte === LF && !isQuoted) return at;
  }
  return -1;
}

/** The fields of a row without its line end; undefined where a quote stands within an unquoted field, or is never closed. */
export function fieldsOf(row: string): readonly string[] | undefined {
  if (!row.includes('"')) return row.split(',');
  const fields: string[] = [];
  FIELD.lastIndex = 0;
  for (;;) {
    const found = FIELD.exec(row);
    if (found === null) return undefined;
    fields.push(found[1]?.replaceAll(ESCAPED, '$1') ?? found[2]!);
    if (found[3] === '') return fields;
  }
}

/** A row as it must be written, with its line feed. */
export const rowText = (fields: readonly string[]): string => `${fields.map(fieldText).join(',')}\n`;

/** A field as it must be written. */
export const fieldText = (value: string): string =>
  /[",\r\n\\]/.test(value) ? `"${value.replaceAll(/["\\]/g, '\\$&')}"` : value;

const FIELD = /(?:"([^"\\]*(?:\\[^][^"\\]*)*)"|([^",]*))(,|$)/y;
/** A backslash before anything else is one. */
const ESCAPED = /\\(["\\])/g;
const LF = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
