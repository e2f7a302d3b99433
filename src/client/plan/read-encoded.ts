/** Reads an input once, from bytes to encoded rows: every reading goes through here, so that all of them agree. */
import type { Fault } from '../read/fault.ts';
import type { Input } from '../read/open-input.ts';
import { type TableOptions, openTable } from '../read/open-table.ts';
import type { RowBlock, Table } from '../read/row-block.ts';
import { type ColumnMapping, list, mapColumns, type MappingOptions, noIdColumn } from './column-mapping.ts';
import { type PlainLineEncoder, plainLineEncoder } from './encode-plain-lines.ts';
import { type EncodedRow, encodeRow } from './encode-row.ts';

export interface EncodeOptions extends TableOptions, MappingOptions {}

export interface EncodedBlock {
  /** Row after row, each with its line feed: ASCII. Valid until the next block is asked for. */
  readonly bytes: Buffer;
  readonly rows: readonly EncodedRow[];
  readonly faults: readonly Fault[];
  /** Rows read in the block, good and bad. */
  readonly rowsRead: number;
  readonly bytesRead: number;
}

export interface EncodedReading {
  readonly table: Table;
  /** Known after the first block. */
  mapping(): ColumnMapping | undefined;
  readonly blocks: AsyncIterable<EncodedBlock>;
}

/** Stops after a fault of the whole file that makes what follows meaningless. */
export async function readEncoded(input: Input, options: EncodeOptions): Promise<EncodedReading> {
  const table = await openTable(input, options);
  let mapping: ColumnMapping | undefined;
  let encodePlain: PlainLineEncoder | undefined;

  async function* blocks(): AsyncGenerator<EncodedBlock> {
    for await (const block of table.blocks) {
      const faults: Fault[] = [...block.faults];
      if (mapping === undefined && block.faults.length === 0) {
        const mapped = mapFirst(table, options);
        if (mapped === 'later') {
          const rowFaults = block.rows.flatMap((row) => row.faults);
          yield { ...NO_ROWS, faults: rowFaults, rowsRead: block.rows.length, bytesRead: block.bytesRead };
          continue;
        }
        if ('code' in mapped) {
          yield { ...NO_ROWS, faults: [...faults, mapped], rowsRead: 0, bytesRead: block.bytesRead };
          return;
        }
        mapping = mapped;
      }
      if (mapping === undefined) {
        yield { ...NO_ROWS, faults, rowsRead: 0, bytesRead: block.bytesRead };
        return;
      }
      const columnFaults = mapping.extend();
      encodePlain ??= plainLineEncoder(mapping, options.partBytesMax);
      faults.push(...columnFaults);
      const encoded = encodeBlock(block, mapping, options.partBytesMax, encodePlain);
      faults.push(...encoded.faults);
      yield { ...encoded, faults, bytesRead: block.bytesRead };
      if (columnFaults.length > 0) return;
    }
  }

  return { table, mapping: () => mapping, blocks: blocks() };
}

const NO_ROWS = { bytes: Buffer.alloc(0), rows: [] } as const;

function encodeBlock(
  block: RowBlock,
  mapping: ColumnMapping,
  rowBytesMax: number,
  encodePlain: PlainLineEncoder,
): Omit<EncodedBlock, 'bytesRead'> {
  const plain = block.plain && encodePlain(block.plain);
  if (plain !== undefined) return { ...plain, faults: [], rowsRead: plain.rows.length };

  const rows: EncodedRow[] = [];
  const faults: Fault[] = [];
  let text = '';
  for (const row of block.rows) {
    const encoded = encodeRow(row, mapping, rowBytesMax);
    if (encoded.kind === 'faulty') {
      faults.push(...encoded.faults);
    } else {
      rows.push(encoded.row);
      text += `${encoded.text}\n`;
    }
  }
  return { bytes: Buffer.from(text, 'latin1'), rows, faults, rowsRead: block.rows.length };
}

/** `later`: an NDJSON block without one readable object names no columns yet. */
function mapFirst(table: Table, options: MappingOptions): ColumnMapping | Fault | 'later' {
  if (table.columns.length === 0) return table.format === 'ndjson' ? 'later' : noIdColumn('The header row is empty.');
  const mapping = mapColumns(table.columns, table.firstColumns(), options);
  if ('code' in mapping) return mapping;
  if (!table.columns.includes(mapping.idColumn)) {
    if (table.format === 'ndjson') return mapping;
    return noIdColumn(`No column is called "${mapping.idColumn}". ${list(table.columns)}`);
  }
  return mapping;
}
