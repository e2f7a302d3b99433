/** The reading: judges every row, counts, and says what would be sent. Sends nothing. */
import type { VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import type { RunOptions } from '../progress.ts';
import { abortable } from '../read/abortable.ts';
import { type FoundProblem, ProblemCollector, problemOf } from '../read/input-problem.ts';
import type { Input } from '../read/open-input.ts';
import type { EncodeOptions } from '../read/open-table.ts';
import { type HeldBytes, lineBlocks } from '../spool/held-bytes.ts';
import type { InputRefused } from '../report/upload-report.ts';
import { PLACES_MAX, WarningCollector } from './input-warning.ts';
import { type EncodedBlock, readEncoded } from './read-encoded.ts';
import { RepeatedIds } from './repeated-ids.ts';
import { rowKey } from './row-key.ts';
import { BucketLoads, type Split, splitParts } from './split.ts';
import { SAMPLE_ROWS, type UploadPlan } from './upload-plan.ts';

export interface SurveyOptions extends EncodeOptions {
  readonly partRowsMax: number;
  /** Infinity for no pace. */
  readonly callsPerMinute: number;
}

export interface Survey {
  readonly kind: 'survey';
  readonly plan: UploadPlan;
  readonly split: Split;
  /** Every part begins with it; its line feed included. */
  readonly header: string;
}

export interface SurveyRun extends RunOptions {
  /** Hears of each problem. */
  readonly onInputProblem?: ((problem: FoundProblem) => void) | undefined;
}

/** What is encoded is added to `held`, where somebody wants to send it: the input is read once. */
export async function surveyInput(
  input: Input,
  options: SurveyOptions,
  { signal, onProgress, onInputProblem }: SurveyRun = {},
  held?: HeldBytes,
): Promise<Survey | InputRefused> {
  const problems = new ProblemCollector(options.problemsShown);
  const warnings = new WarningCollector();
  const identities = new RepeatedIds();
  const loads = new BucketLoads();
  const sample: string[] = [];
  let rowsRead = 0;
  const reading = readEncoded(input, options, warnings);
  for await (const block of reading.blocks) {
    signal?.throwIfAborted();
    for (const problem of block.problems) {
      problems.add(problem);
      onInputProblem?.(problem);
    }
    countRows(block, reading.idKind()!, warnings.file, loads, identities);
    if (sample.length < SAMPLE_ROWS) sample.push(...firstRows(block, SAMPLE_ROWS - sample.length));
    await held?.add(block.bytes);
    rowsRead += block.rowsRead;
    onProgress?.({ kind: 'reading', rows: rowsRead, bytes: reading.bytesRead(), bytesMax: input.bytes });
  }
  const { distinct, repeated, first: repeats } = identities.find(PLACES_MAX);
  if (repeated > 0) warnings.rows('repeated-id', repeated, repeats);
  const refused = (): InputRefused => ({
    kind: 'input-refused',
    input: input.name,
    problems: problems.tally(),
    warnings: warnings.list(),
    rows: rowsRead,
  });
  const mayGoOn = () => problems.wholeFile === 0 && (problems.count === 0 || options.onProblem === 'skip');

  const header = reading.header();
  if (mayGoOn() && loads.total.rows === 0) {
    const message = rowsRead === 0 ? 'The input has no rows.' : 'No row can be sent: every one is faulty.';
    problems.add(problemOf('empty-input', message));
  }
  // It is about what was read, so nobody can step over it.
  for (const { message, rule, name, first } of options.strict ? warnings.list() : [])
    problems.add(
      problemOf('warning', message, { ...first[0], ...(name !== undefined && { name }), ...(rule && { rule }) }),
    );
  if (header === undefined || !mayGoOn()) return refused();

  // The input is read again only where nobody holds the rows, and a few visitors have so many of them.
  const again = abortable(held === undefined ? encodedBlocks(input, options) : lineBlocks(held.read()), signal);
  const limits = { ...options, headerBytes: header.text.length };
  const split = await splitParts(loads, limits, again, header.idKind, (row) => identities.placeOf(row));
  if ('code' in split) problems.add(split);
  if ('code' in split || !mayGoOn()) return refused();

  const { parts } = split;
  const { text, ...facts } = header;
  const plan: UploadPlan = {
    kind: 'plan',
    input: input.name,
    ...facts,
    parts,
    rows: loads.total.rows,
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    skippedRows: rowsRead - loads.total.rows,
    distinctIds: distinct,
    problems: problems.tally(),
    warnings: warnings.list(),
    // One submission and at least one status request for each part; the calls of the first minute go at once.
    minutesAtPace: Math.max(0, Math.ceil((2 * parts.length) / options.callsPerMinute) - 1),
    sample: [text.trimEnd(), ...sample],
  };
  return { kind: 'survey', plan, split, header: text };
}

/** A function of its own: V8 does not optimize a loop within the reading well. */
function countRows(
  { bytes: encoded, rows }: EncodedBlock,
  idKind: VisitorIdKind,
  file: string | undefined,
  loads: BucketLoads,
  identities: RepeatedIds,
): void {
  let at = 0;
  for (const { bytes, isEmpty, line } of rows) {
    const key = rowKey(encoded, at, idKind);
    loads.add(key, bytes, isEmpty);
    identities.add(key, line, file);
    at += bytes;
  }
}

function firstRows({ bytes, rows }: EncodedBlock, count: number): string[] {
  const shown = rows.slice(0, count).reduce((sum, row) => sum + row.bytes, 0);
  return bytes.toString('utf8', 0, shown).split('\n').slice(0, -1);
}

async function* encodedBlocks(input: Input, options: SurveyOptions): AsyncGenerator<Buffer> {
  for await (const { bytes } of readEncoded(input, options).blocks) yield bytes;
}
