/** What a batch file says, as a file of customer attributes: every row with as many fields as the header row (ca-columns-equal). */
import { type BatchFileReader, batchFileReader, resultOf } from '../batch-file/read-batch-file.ts';
import type { HeaderRow } from '../batch-file/header-row.ts';
import { readCell } from '../batch-file/line-text.ts';
import { refusedId } from '../rules/keys.ts';
import type { Settings } from '../vocabulary/index.ts';
import { rowText } from './dialect.ts';

/** Empty cells become blank fields, which remove (ca-blank-null). Rows that cannot be read, or have no id that can be sent, are left out. */
export function attributeFileWriter(settings: Settings) {
  let header: HeaderRow | undefined;
  let text = '';
  const reader = batchFileReader(settings, {
    note: () => undefined,
    header(read) {
      header = read;
      text += rowText(['customer_id', ...read.attributes]);
    },
    line(line) {
      const cells = typeof line === 'string' ? line.split(',').map(readCell) : [];
      const [id = ''] = cells;
      if (header === undefined || cells.includes(undefined)) return;
      if (refusedId('thirdPartyId', id, settings.illegalIds) !== undefined) return;
      const fields = [id, ...header.attributes.map(() => '')];
      for (const [column, cell = ''] of cells.entries()) {
        const target = column === 0 ? -1 : (header.targets[column] ?? -1);
        if (target !== -1 && cell !== '') fields[target + 1] = cell;
      }
      text += rowText(fields);
    },
  });
  const taken = (pieces: ReturnType<BatchFileReader['write' | 'end']>): string => {
    resultOf<unknown>(pieces);
    const ended = text;
    text = '';
    return ended;
  };
  return {
    /** Takes a block of the batch file; the rows that ended in it, as text. */
    write: (block: Uint8Array) => taken(reader.write(block)),
    end: () => taken(reader.end()),
    /** Undefined until the header row has been read. */
    header: () => header,
  };
}
