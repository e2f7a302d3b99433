/** Finds out what separates the cells of a CSV: its own `sep=` line, else whatever cuts its first lines most evenly. */
import { parseRecords, splitLines } from './csv-records.ts';

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
    if (evenness > best.evenness || (evenness === best.evenness && cells > best.cells)) {
      best = { delimiter, evenness, cells };
    }
  }
  return best.delimiter;
}

const SAMPLE_CHARACTERS = 64 * 1024;
const SAMPLE_ROWS = 10;
