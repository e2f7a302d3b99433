/** Opens an input as a table of rows, finding out its format. */
import { csvTable } from './csv-table.ts';
import type { Input } from './open-input.ts';
import { ndjsonTable } from './ndjson-table.ts';
import type { Table } from './row-block.ts';
import { type TextBlock, textBlocks } from './text-blocks.ts';

export interface TableOptions {
  readonly format: 'csv' | 'ndjson' | 'auto';
  readonly delimiter: string;
  /** A row longer than this cannot fit into a part anyway. */
  readonly partBytesMax: number;
}

export async function openTable(input: Input, options: TableOptions): Promise<Table> {
  // Quotes and escapes can make the input's row longer than the encoded one, but hardly twice as long.
  const rowCharactersMax = Math.max(2 * options.partBytesMax, 1024 * 1024);
  const blocks = textBlocks(input.open(), rowCharactersMax)[Symbol.asyncIterator]();
  const start: TextBlock[] = [];
  for (;;) {
    const next = await blocks.next();
    if (next.done === true) break;
    start.push(next.value);
    if (/\S/.test(next.value.text)) break;
  }
  const all = (async function* () {
    try {
      yield* start;
      for (let next = await blocks.next(); next.done !== true; next = await blocks.next()) yield next.value;
    } finally {
      await blocks.return(undefined);
    }
  })();
  const format = options.format === 'auto' ? formatOf(start.at(-1)?.text ?? '') : options.format;
  if (format === 'ndjson') return ndjsonTable(all);
  return csvTable(all, { delimiter: options.delimiter, rowCharactersMax });
}

function formatOf(text: string): 'csv' | 'ndjson' {
  return text.trimStart().startsWith('{') ? 'ndjson' : 'csv';
}
