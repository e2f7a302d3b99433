/** The first reading: judges every row, counts, and says what would be sent. Sends nothing. */
import type { RunOptions } from '../progress.ts';
import { type FoundProblem, type InputProblem, ProblemCollector } from '../read/input-problem.ts';
import type { Input } from '../read/open-input.ts';
import type { HeldBytes } from '../spool/held-bytes.ts';
import type { InputRefused } from '../report/upload-report.ts';
import { identityKey } from './identity-key.ts';
import { type InputWarning, PLACES_MAX, WarningCollector } from './input-warning.ts';
import { type EncodedBlock, type EncodeOptions, readEncoded } from './read-encoded.ts';
import { BucketCounts, fits, type Split, type SplitLimits, VisitorCounts, splitParts } from './split.ts';
import { RepeatedIds } from './repeated-ids.ts';
import { SAMPLE_ROWS, type UploadPlan } from './upload-plan.ts';

export interface SurveyOptions extends EncodeOptions {
  readonly onProblem: 'stop' | 'skip';
  readonly problemsShown: number;
  /** Whether warnings are problems. */
  readonly strict: boolean;
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
  /** All rows of the only part, if somebody wanted them held. */
  readonly held: HeldBytes | undefined;
}

/** What is encoded is added to `held` as long as all of it may be one part, which need not be read again then. */
export async function surveyInput(
  input: Input,
  options: SurveyOptions,
  {
    signal,
    onProgress,
    onInputProblem,
  }: RunOptions & { /** Each of them. */ readonly onInputProblem?: ((problem: FoundProblem) => void) | undefined } = {},
  held?: HeldBytes,
): Promise<Survey | InputRefused> {
  const problems = new ProblemCollector(options.problemsShown);
  const warnings = new WarningCollector();
  const identities = new RepeatedIds();
  const counts = new BucketCounts();
  const sample: string[] = [];
  let mayBeOnePart = true;
  let rowsRead = 0;
  const reading = readEncoded(input, options, warnings);
  for await (const block of reading.blocks) {
    signal?.throwIfAborted();
    for (const problem of block.problems) {
      problems.add(problem);
      onInputProblem?.(problem);
    }
    for (const row of block.rows) {
      const key = identityKey(row.identity);
      counts.add(key, row.bytes, row.isEmpty);
      identities.add(key, row.line, warnings.file);
    }
    if (sample.length < SAMPLE_ROWS) sample.push(...firstRows(block, SAMPLE_ROWS - sample.length));
    // The header row, which an NDJSON's last row may still make longer, is judged below.
    if (mayBeOnePart && !fits(counts.total, { ...options, headerBytes: 0 })) {
      mayBeOnePart = false;
      await held?.drop();
    }
    if (mayBeOnePart) await held?.add(block.bytes);
    rowsRead += block.rowsRead;
    onProgress?.({ kind: 'reading', rows: rowsRead, bytes: reading.bytesRead(), bytesMax: input.bytes });
  }
  const { distinct, repeated, first } = identities.find(PLACES_MAX);
  if (repeated > 0) warnings.rows('repeated-id', repeated, first);
  const refused = (): InputRefused => ({
    kind: 'input-refused',
    input: input.name,
    problems: problems.tally(),
    warnings: warnings.list(),
    rows: rowsRead,
  });
  const mayGoOn = () => problems.wholeFile === 0 && (problems.count === 0 || options.onProblem === 'skip');

  const header = reading.header();
  if (mayGoOn() && counts.total.rows === 0) problems.add(nothingToSend(rowsRead));
  if (options.strict) for (const warning of warnings.list()) problems.add(asProblem(warning));
  if (header === undefined || !mayGoOn()) return refused();

  const limits: SplitLimits = { ...options, headerBytes: header.text.length };
  const split = await splitCounted(input, options, counts, limits, signal);
  if ('code' in split) problems.add(split);
  if ('code' in split || !mayGoOn()) return refused();

  const { parts } = split;
  const { text, ...facts } = header;
  const plan: UploadPlan = {
    kind: 'plan',
    input: input.name,
    ...facts,
    parts,
    rows: counts.total.rows,
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    skippedRows: rowsRead - counts.total.rows,
    distinctIds: distinct,
    problems: problems.tally(),
    warnings: warnings.list(),
    minutesAtPace: minutesAtPace(parts.length, options.callsPerMinute),
    sample: [text.trimEnd(), ...sample],
  };
  const isOnePart = parts.length === 1;
  if (!isOnePart) await held?.drop();
  return { kind: 'survey', plan, split, header: text, held: isOnePart ? held : undefined };
}

/** What `--strict` makes of a warning: it is about what was read, so nobody can step over it. */
function asProblem({ message, rule, name, first }: InputWarning): InputProblem {
  const about = { ...first[0], ...(name !== undefined && { name }), ...(rule && { rule }) };
  return { code: 'warning', ...about, message, wholeFile: true };
}

function firstRows({ bytes, rows }: EncodedBlock, count: number): string[] {
  const shown = rows.slice(0, count).reduce((sum, row) => sum + row.bytes, 0);
  return bytes.toString('utf8', 0, shown).split('\n').slice(0, -1);
}

/** A bucket that is too large for a part costs one more reading of the input, counting its visitors one by one. */
async function splitCounted(
  input: Input,
  options: SurveyOptions,
  counts: BucketCounts,
  limits: SplitLimits,
  signal: AbortSignal | undefined,
): Promise<Split | InputProblem> {
  const visitors = new VisitorCounts(counts.tooLarge(limits));
  if (visitors.buckets.size > 0) {
    const again = readEncoded(input, options);
    for await (const block of again.blocks) {
      signal?.throwIfAborted();
      for (const row of block.rows) visitors.add(row.identity, row.bytes, row.isEmpty, row.line);
    }
  }
  const split = splitParts(counts, limits, visitors);
  if ('code' in split || split.parts.length <= PARTS_MAX) return split;
  const message = `The input makes ${split.parts.length} parts; at most ${PARTS_MAX} are sent in one upload. Allow larger parts.`;
  return { code: 'too-many-parts', message, wholeFile: true };
}

/** Beyond it the part size is a mistake: 10,000 parts of 49 MB are half a terabyte. */
export const PARTS_MAX = 10_000;

function nothingToSend(rowsRead: number): InputProblem {
  const message = rowsRead === 0 ? 'The input has no rows.' : 'No row can be sent: every one is faulty.';
  return { code: 'empty-input', message, wholeFile: true };
}

/** One submission and at least one status request for each part; the calls of the first minute go at once. */
function minutesAtPace(parts: number, callsPerMinute: number): number {
  return Math.max(0, Math.ceil((2 * parts) / callsPerMinute) - 1);
}
