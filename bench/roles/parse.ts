/** One parser over one batch file, every cell decoded and counted. */
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { batchFileReader, resultOf } from '../../src/protocol/batch-file/read-batch-file.ts';
import { type BatchId, type ClientCode, DEFAULT_SETTINGS } from '../../src/protocol/vocabulary/index.ts';
import { applyBatch } from '../../src/server/jobs/apply-batch.ts';
import { profileHash } from '../../src/server/store/profile-key.ts';

export interface ParseSpec {
  readonly parser: 'ours' | 'papaparse' | 'csv-parse';
  readonly batchFile: string;
  /** URL of csv-parse's synchronous entry: it is installed by the bench, not by the package. */
  readonly csvParse?: string;
  readonly rounds: number;
}

export interface ParseResult {
  readonly seconds: readonly number[];
  readonly cells: number;
  readonly characters: number;
}

export async function parse(spec: ParseSpec): Promise<ParseResult> {
  const run = await parserOf(spec);
  const body = readFileSync(spec.batchFile);
  const seconds: number[] = [];
  let counted = { cells: 0, characters: 0 };
  for (let round = 0; round <= spec.rounds; round += 1) {
    const startedAt = performance.now();
    counted = run(body);
    // The first round warms up.
    if (round > 0) seconds.push((performance.now() - startedAt) / 1000);
  }
  return { seconds, ...counted };
}

type Run = (body: Buffer) => { cells: number; characters: number };

async function parserOf({ parser, csvParse }: ParseSpec): Promise<Run> {
  switch (parser) {
    case 'ours':
      return ours;
    case 'papaparse': {
      const { default: Papa } = await import('papaparse');
      return (body) => {
        const count = cellCounter();
        Papa.parse<string[]>(textOf(body), {
          delimiter: ',',
          newline: '\n',
          fastMode: true,
          skipEmptyLines: true,
          step: ({ data }) => count.row(data),
        });
        return count.counted();
      };
    }
    case 'csv-parse': {
      const { parse: parseCsv } = (await import(csvParse!)) as {
        parse(text: string, options: object): string[][];
      };
      return (body) => {
        const count = cellCounter();
        for (const row of parseCsv(textOf(body), { quote: null, relax_column_count: true })) count.row(row);
        return count.counted();
      };
    }
    default:
      throw new Error(`unknown parser: ${String(parser satisfies never)}`);
  }
}

/** What a socket or a file stream hands out at a time. */
const BLOCK_BYTES = 64 * 1024;

/** All that the server does to a batch file until its cells are text: judges it in blocks, finds its rows, reads them. */
function ours(body: Buffer): { cells: number; characters: number } {
  const intake = batchFileReader(DEFAULT_SETTINGS, { note: () => {} });
  for (let start = 0; start < body.length; start += BLOCK_BYTES) {
    resultOf(intake.write(body.subarray(start, start + BLOCK_BYTES)));
  }
  const read = resultOf(intake.end());
  if (read.kind === 'rejection') throw new Error(read.message);
  const known = { bodyBytes: body.length, bodyChecksum: crc32(body) };
  const head = { ...HEAD, batchSize: read.rows, idKind: read.idKind, ...known };
  const applying = returnedBy(applyBatch(head, 'arrival', body, profileHash));
  if (applying === undefined) throw new Error('The body is not what was read.');

  let cells = 0;
  let characters = 0;
  const { slice } = applying.slice(head, 0, { sliceRowsMax: Infinity, sliceBytesMax: Infinity });
  for (const { reading } of slice.rows) {
    if (reading.kind !== 'row') continue;
    cells += 1 + reading.values.length;
    characters += reading.id.length;
    for (const value of reading.values) characters += value.length;
  }
  return { cells, characters };
}

const HEAD = {
  sequence: 1,
  batchId: 'parse' as BatchId,
  client: 'bench' as ClientCode,
  generation: 1,
  api: 'v2' as const,
  consumedCount: 0,
  dueAt: 0,
  settings: DEFAULT_SETTINGS,
  order: undefined,
};

function returnedBy<Result>(work: Generator<undefined, Result>): Result {
  for (;;) {
    const turn = work.next();
    if (turn.done === true) return turn.value;
  }
}

/** What a user of such a library has to add: skip the header row and empty cells, decode what holds a `%`. */
function cellCounter() {
  let cells = 0;
  let characters = 0;
  let isHeader = true;
  return {
    row(row: readonly string[]) {
      if (isHeader) {
        isHeader = false;
        return;
      }
      for (const cell of row) {
        if (cell === '') continue;
        cells += 1;
        characters += (cell.includes('%') ? decodeURIComponent(cell) : cell).length;
      }
    },
    counted: () => ({ cells, characters }),
  };
}

/** Without `batch=`. */
function textOf(body: Buffer): string {
  return body.toString('latin1', 'batch='.length);
}
