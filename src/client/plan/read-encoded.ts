/** Reads an input once, from bytes to encoded rows: every reading goes through here, so that all of them agree. */
import { isDeepStrictEqual } from 'node:util';
import { writeHeaderRow } from '../../protocol/batch-file/write-batch-file.ts';
import { hdrParamnameOnly } from '../../protocol/rules/header-row.ts';
import { encTwoReadings } from '../../protocol/rules/encoding.ts';
import type { VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { type FoundProblem, type InputProblem, problemOf, UnreadableInput } from '../read/input-problem.ts';
import type { Input, InputFile } from '../read/open-input.ts';
import { type EncodeOptions, openFile, openTable, type OpenFile } from '../read/open-table.ts';
import type { InputRow, RowBlock } from '../read/row-block.ts';
import { UPLOAD_DEFAULTS } from '../upload-options.ts';
import {
  assertMapping,
  Attributes,
  ColumnMapping,
  list,
  noIdColumn,
  ofPaths,
  unknownColumns,
} from './column-mapping.ts';
import { plainLineEncoder } from './encode-plain-lines.ts';
import { type EncodedRow, encodeRow } from './encode-row.ts';
import type { WarningCollector } from './input-warning.ts';
import type { UploadPlan } from './upload-plan.ts';

export interface EncodedBlock {
  /** Row after row, each with its line feed: ASCII. Valid until the next block is asked for. */
  readonly bytes: Buffer;
  readonly rows: readonly EncodedRow[];
  readonly problems: readonly FoundProblem[];
  /** Rows read in the block, good and bad. */
  readonly rowsRead: number;
}

/** What every part begins with, and how it came about. */
export interface EncodedHeader extends Pick<UploadPlan, 'format' | 'delimiter' | 'idKind' | 'idColumn' | 'columns'> {
  /** `batch=` and the header row, with its line feed. */
  readonly text: string;
}

/** Stops after a problem of the whole file that makes what follows meaningless. `warnings` hears what can be sent and was hardly meant. */
export function readEncoded(input: Input, options: EncodeOptions, warnings?: WarningCollector) {
  assertMapping(options);
  const attributes = new Attributes(options);
  const known = new Set<string>();
  let first: Omit<EncodedHeader, 'text' | 'columns'> | undefined;
  let batchHeader: EncodedHeader | undefined;
  let bytesRead = 0;

  async function* blocks(): AsyncGenerator<EncodedBlock> {
    let problemsSeen = false;
    for (const file of input.files) {
      const label = input.files.length === 1 ? {} : { file: file.name };
      if (warnings !== undefined) warnings.file = label.file;
      let isOver = false;
      for await (const block of readFile(file)) {
        const problems = block.problems.map((problem) => ({ ...label, ...problem }));
        problemsSeen ||= problems.length > 0;
        isOver ||= problems.some(({ wholeFile }) => wholeFile);
        yield { ...block, problems };
      }
      if (isOver) return;
    }
    if (first === undefined) return;
    const unknown = [...unknownColumns(known, options)];
    if (!known.has(first.idColumn)) unknown.unshift(noSuchColumn(first.idColumn, [...known]));
    if (unknown.length > 0) yield { ...NO_ROWS, problems: unknown };
    else if (warnings !== undefined) noteColumns(attributes, warnings, problemsSeen);
  }

  async function* readFile(file: InputFile): AsyncGenerator<EncodedBlock> {
    async function* open() {
      for await (const chunk of file.open()) {
        bytesRead += chunk.length;
        yield chunk;
      }
    }
    let opened: OpenFile | undefined;
    try {
      opened = await openFile({ ...file, open }, options);
      yield* opened.format === 'batch' ? readBatch(opened) : readExport(opened);
    } catch (error) {
      if (!(error instanceof UnreadableInput)) throw error;
      yield { ...NO_ROWS, problems: [error.problem] };
    } finally {
      await opened?.close();
    }
  }

  async function* readBatch(opened: OpenFile): AsyncGenerator<EncodedBlock> {
    const { batchFileBlocks } = await import('./read-batch-file.ts');
    const problem = batchAlone(input.files.length, options);
    if (problem !== undefined) throw new UnreadableInput(problem);
    yield* batchFileBlocks(opened.bytes, (header) => void (batchHeader = header), warnings);
  }

  async function* readExport(opened: OpenFile): AsyncGenerator<EncodedBlock> {
    const table = openTable(opened, { ...options, ...ofPaths(options) });
    const { columns } = table;
    const before = attributes.planned.length;
    const isLaterCsv = first !== undefined && table.format === 'csv';
    let mapping: ColumnMapping | undefined;
    let encode: ReturnType<typeof blockEncoder> | undefined;
    let isRefused = false;
    for await (const block of table.blocks) {
      // Of JSON without one readable object, the columns are not known yet.
      if (mapping === undefined && (block.problems.length > 0 || columns.length === 0)) {
        const isBare = ({ cells, problems: own }: InputRow) => cells.length + own.length === 0;
        const rows = block.rows.flatMap((row) => foundIn(row, isBare(row) ? [withoutId(row)] : row.problems));
        const problems = [...block.problems, ...rows];
        yield { ...NO_ROWS, problems, rowsRead: block.rows.length };
        continue;
      }
      const isFirst = mapping === undefined;
      mapping ??= new ColumnMapping(table, options, attributes);
      const { idKind, idColumn } = mapping;
      if (isFirst && table.format === 'csv' && !columns.includes(idColumn))
        throw new UnreadableInput(noSuchColumn(idColumn, columns));
      first ??= { format: opened.format, delimiter: table.delimiter, idKind, idColumn };
      if (first.idKind !== idKind) {
        const message = `The id is a ${idKind} here, and another kind in the files before: a batch has one kind. Send them apart.`;
        throw new UnreadableInput(noIdColumn(message));
      }
      const named = mapping.targets.length;
      const columnProblems = mapping.extend();
      for (const column of columns.slice(named)) known.add(column);
      if (isFirst && isLaterCsv) noteMissing(mapping, before, warnings);
      encode ??= blockEncoder(mapping, table.header, options.partBytesMax, warnings);
      const encoded = encode(block);
      yield { ...encoded, problems: [...block.problems, ...columnProblems, ...encoded.problems] };
      // What is wrong with the first rows is told along with what is wrong with the columns.
      isRefused ||= columnProblems.length > 0;
      if (isRefused && encoded.rowsRead > 0) return;
    }
  }

  return {
    blocks: blocks(),
    /** From the first block with rows on. */
    idKind: (): VisitorIdKind | undefined => (batchHeader ?? first)?.idKind,
    /** Of the input as it is, before it is unpacked. */
    bytesRead: () => bytesRead,
    /** Whole only at the end; undefined if no file named its columns. */
    header(): EncodedHeader | undefined {
      if (first === undefined) return batchHeader;
      const columns = attributes.planned;
      const names = columns.map(({ attribute }) => attribute);
      return { ...first, columns, text: `${writeHeaderRow(first.idKind, names)}\n` };
    },
  };
}

const NO_ROWS = { bytes: Buffer.alloc(0), rows: [], rowsRead: 0 } as const;

function blockEncoder(
  mapping: ColumnMapping,
  header: string,
  rowBytesMax: number,
  warnings: WarningCollector | undefined,
): (block: RowBlock) => EncodedBlock {
  const encodePlain = plainLineEncoder(mapping, rowBytesMax, warnings);
  return (block) => {
    const plain = block.plain && encodePlain(block.plain);
    if (plain !== undefined) return { ...plain, problems: [], rowsRead: plain.rows.length };
    const rows: EncodedRow[] = [];
    const problems: FoundProblem[] = [];
    let text = '';
    for (const row of block.rows) {
      const encoded = encodeRow(row, mapping, rowBytesMax, warnings);
      if ('problems' in encoded) {
        problems.push(...foundIn(row, encoded.problems, header));
        continue;
      }
      rows.push(encoded.row);
      text += `${encoded.text}\n`;
    }
    return { bytes: Buffer.from(text, 'latin1'), rows, problems, rowsRead: block.rows.length };
  };
}

const foundIn = ({ text, problems }: InputRow, found = problems, header = ''): readonly FoundProblem[] =>
  found.map((problem) => ({ ...problem, row: text, header }));

/** An object without a value, before anybody knows what the id is called. */
const withoutId = ({ line }: InputRow) => problemOf('blank-id', 'The object has no id.', { line });

const noSuchColumn = (name: string, columns: readonly string[]) =>
  noIdColumn(`No column is called "${name}". ${list(columns)}`);

/** Columns that a later CSV lacks, or that only it has: as often a misspelt name as not. */
function noteMissing(mapping: ColumnMapping, before: number, warnings: WarningCollector | undefined): void {
  const here = new Set(mapping.targets);
  for (const [target, { column }] of mapping.attributes.planned.entries()) {
    if (target >= mapping.constants.length && target !== mapping.idTarget && (!here.has(target) || target >= before))
      warnings?.column('missing-column', column);
  }
}

/** Whether a column is always empty is known only if every row was looked at. */
function noteColumns({ planned }: Attributes, warnings: WarningCollector, problemsSeen: boolean): void {
  warnings.file = undefined;
  if (planned.length === 0) warnings.column('id-alone');
  for (const [target, { column, attribute: name }] of planned.entries()) {
    if (hdrParamnameOnly.decide(name)) warnings.column('profile-prefix', column);
    if (encTwoReadings.decide(encodeURIComponent(name))) warnings.column('two-readings', column);
    if (!problemsSeen && warnings.filled[target] !== true) warnings.column('empty-column', column);
  }
}

/** A batch file is sent as it stands: there is nothing to map, and nothing to add. */
export function batchAlone(files: number, options: EncodeOptions): InputProblem | undefined {
  const given = MAPPING.filter((name) => !isDeepStrictEqual(options[name], UPLOAD_DEFAULTS[name]));
  if (files === 1 && given.length === 0) return undefined;
  const words = given.map((name) => name.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`));
  // Whoever has typed none of them has the variable.
  const variables = words.map((word) => `TPE_${word.replaceAll('-', '_').toUpperCase()}`);
  const flags = words.map((word) => `--${word}`).join(', ');
  const why = given.length > 0 ? `Leave out ${flags}, or unset ${variables.join(', ')}` : 'Send it alone';
  const message = `This is a batch file already, which is sent as it stands. ${why}.`;
  return problemOf('not-an-export', message);
}

/** What says how columns and cells become a batch file. */
const MAPPING = [
  ...(['idColumn', 'idKind', 'rename', 'drop', 'keep', 'idAttribute', 'constants', 'trim'] as const),
  ...(['nulls', 'cleared', 'clearedAs', 'flatten', 'delimiter'] as const),
];
