/** Reads NDJSON: one flat object a line. */
import type { Fault } from './fault.ts';
import { COLUMNS_MAX, type InputRow, NO_FAULTS, type RowBlock, type Table } from './row-block.ts';
import type { TextBlock } from './text-blocks.ts';

export function ndjsonTable(blocks: AsyncIterable<TextBlock>): Table {
  const columns: string[] = [];
  const indexes = new Map<string, number>();
  let firstColumns = 0;
  return { format: 'ndjson', delimiter: undefined, columns, firstColumns: () => firstColumns, blocks: read() };

  async function* read(): AsyncGenerator<RowBlock> {
    for await (const block of blocks) {
      const rows: InputRow[] = [];
      let line = block.firstLine;
      const text = block.text.endsWith('\n') ? block.text.slice(0, -1) : block.text;
      for (const content of text.split('\n')) {
        if (block.notUtf8.has(line)) rows.push({ line, cells: [], faults: [notUtf8(line, block.notUtf8.get(line)!)] });
        else if (/\S/.test(content)) rows.push(readRow(content, line));
        line += 1;
      }
      const faults: Fault[] = [];
      if (block.lineTooLong) {
        const message = `The line has more than ${block.text.length} characters; NDJSON has one object on each line.`;
        faults.push({ code: 'row-too-large', line: line - 1, message, wholeFile: true });
        rows.pop();
      }
      if (columns.length > COLUMNS_MAX) {
        const message = `The objects have more than ${COLUMNS_MAX} different keys: keys seem to be data.`;
        faults.push({ code: 'too-many-columns', line: line - 1, message, wholeFile: true });
      }
      yield { rows, faults, bytesRead: block.bytesRead };
      if (faults.length > 0) return;
    }
  }

  function readRow(content: string, line: number): InputRow {
    let value: unknown;
    try {
      value = JSON.parse(content);
    } catch {
      return { line, cells: [], faults: [noObject(line, 'The line is not JSON')] };
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { line, cells: [], faults: [noObject(line, 'The line is no JSON object')] };
    }
    const cells: (string | undefined)[] = [];
    const faults: Fault[] = [];
    let column = 0;
    for (const [name, cell] of Object.entries(value)) {
      column += 1;
      if (columns.length > COLUMNS_MAX) break;
      const index = indexOf(name);
      const text = readCell(cell);
      if (typeof text === 'object') faults.push({ ...text, line, column, name, wholeFile: false });
      else cells[index] = text;
    }
    if (firstColumns === 0) firstColumns = columns.length;
    return { line, cells, faults: faults.length === 0 ? NO_FAULTS : faults };
  }

  function indexOf(name: string): number {
    const known = indexes.get(name);
    if (known !== undefined) return known;
    indexes.set(name, columns.length);
    columns.push(name);
    return columns.length - 1;
  }
}

/** A scalar as text, null as empty. */
function readCell(cell: unknown): string | undefined | Pick<Fault, 'code' | 'message'> {
  if (cell === null) return undefined;
  if (typeof cell === 'boolean') return String(cell);
  if (typeof cell === 'number') {
    if (Number.isFinite(cell) && (!Number.isInteger(cell) || Number.isSafeInteger(cell))) return String(cell);
    return { code: 'unsafe-number', message: 'The number is too large to be read exactly. Write it as a string.' };
  }
  if (typeof cell === 'string') {
    if (!LONE_SURROGATE.test(cell)) return cell;
    return { code: 'lone-surrogate', message: 'The text holds half a surrogate pair, which UTF-8 cannot carry.' };
  }
  return {
    code: 'nested-value',
    message: 'The value is an object or an array. Attributes are flat: flatten or drop it.',
  };
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function noObject(line: number, what: string): Fault {
  const message = `${what}. NDJSON has one object on each line, such as {"thirdPartyId":"a1","city":"Basel"}.`;
  return { code: 'not-an-object', line, message, wholeFile: false };
}

function notUtf8(line: number, before: string): Fault {
  const message = `There are bytes that are not UTF-8 after ${before.length} characters of the line. Save the file as UTF-8.`;
  return { code: 'not-utf8', line, rule: 'our-not-utf8', message, wholeFile: false };
}
