/** Opens a file as a table of rows: takes off what it is packed in, gives it as UTF-8, and finds out its format. */
import type { CompleteInputOptions, CompleteOptions } from '../upload-options.ts';
import { asUtf8 } from './as-utf8.ts';
import { csvTable } from './csv-table.ts';
import { jsonArrayTable, ndjsonTable } from './json-tables.ts';
import type { InputFile } from './open-input.ts';
import { peeked } from './peeked.ts';
import type { JsonOptions } from './json-row.ts';
import type { Table } from './row-block.ts';
import { textBlocks } from './text-blocks.ts';
import { unpacked } from './unpacked.ts';

export type InputFormat = Exclude<CompleteInputOptions['format'], 'auto'>;

/** How an input is read, and how long an encoded row may be. */
export type EncodeOptions = CompleteInputOptions & Pick<CompleteOptions, 'partBytesMax'>;

export type TableOptions = EncodeOptions & Pick<JsonOptions, 'isDropped' | 'isMisnamed'>;

export type OpenFile = Awaited<ReturnType<typeof openFile>>;

/**
 * What stands in the file, as UTF-8, and how it is to be read; `close` is to be called when it is done with, read or not.
 * @throws UnreadableInput, also while `bytes` is read.
 */
export async function openFile({ name, open }: InputFile, options: Pick<EncodeOptions, 'format' | 'encoding'>) {
  const { head, all, close } = await peeked(asUtf8(unpacked(open()), options.encoding), HEAD_BYTES);
  const format = options.format === 'auto' ? formatOf(head.toString('utf8'), name) : options.format;
  return { format, bytes: all, close };
}

export function openTable({ format, bytes }: OpenFile, options: TableOptions): Table {
  // Quotes and escapes can make the input's row longer than the encoded one, but hardly twice as long.
  const rowCharactersMax = Math.max(2 * options.partBytesMax, 1024 * 1024);
  if (format === 'json') return jsonArrayTable(bytes, { ...options, rowCharactersMax });
  const blocks = textBlocks(bytes, rowCharactersMax);
  if (format === 'ndjson') return ndjsonTable(blocks, options);
  const delimiter = format === 'tsv' && options.delimiter === 'auto' ? '\t' : options.delimiter;
  return csvTable(blocks, { ...options, delimiter, rowCharactersMax });
}

/** Its first characters tell; a name only what they cannot. */
function formatOf(text: string, name: string): InputFormat {
  const start = text.replace(/^[\s\uFEFF]+/, '');
  if (start.startsWith('{')) return 'ndjson';
  if (start.startsWith('[')) return 'json';
  if (start.startsWith('batch=')) return 'batch';
  return /\.(?:tsv|tab)(?:\.(?:gz|gzip|zst|zstd))?$/i.test(name) ? 'tsv' : 'csv';
}

const HEAD_BYTES = 4096;
