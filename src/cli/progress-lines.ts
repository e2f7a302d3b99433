/** An upload as a line for each event, for a log. */
import type { Progress } from '../client/index.ts';
import type { Context } from './context.ts';
import { counted, jsonText, printable } from './printable.ts';
import type { ProgressDisplay } from './progress-display.ts';
import { progressTotals, type Totals, totalsText } from './progress-totals.ts';

export function lineDisplay(context: Context): ProgressDisplay {
  let parts = 1;
  return logDisplay(context, (progress, totals, time) => {
    if (progress.kind === 'planned') parts = progress.plan.parts.length;
    const line = totals === undefined || totals.bytes === 0 ? lineOf(progress, parts) : totalsText(totals);
    return line === undefined ? undefined : `${time} ${line}`;
  });
}

/** An object for each event, with its time and, once it is known, the job. */
export function jsonDisplay(context: Context): ProgressDisplay {
  let job: string | undefined;
  return logDisplay(context, (progress, totals, time) => {
    if (progress.kind === 'planned') job = progress.job;
    if (progress.kind === 'reading' || progress.kind === 'splitting') return undefined;
    return jsonText({ time, job, ...withoutRows(progress), ...(totals === undefined ? {} : { totals }) });
  });
}

/** What rows hold does not go into a log. */
function withoutRows(progress: Progress): object {
  if (progress.kind === 'planned') return { ...progress, plan: { ...progress.plan, sample: undefined } };
  if (progress.kind !== 'settled') return progress;
  return { ...progress, report: { ...progress.report, failedIds: progress.report.failedIds.length } };
}

function logDisplay(
  context: Context,
  write: (progress: Progress, totals: Totals | undefined, time: string) => string | undefined,
): ProgressDisplay {
  /** Of each part on its own: several are asked for in turn. */
  const before = new Map<number, string>();
  const totalsOf = progressTotals(() => context.now());
  return {
    stop: () => undefined,
    show(progress) {
      const totals = totalsOf(progress);
      const news = newsOf(progress);
      const part = 'part' in progress ? progress.part : 0;
      if (news === before.get(part)) return;
      const line = write(progress, totals, `${new Date(context.now()).toISOString().slice(0, -5)}Z`);
      before.set(part, news);
      if (line !== undefined) context.stderr.write(`${line}\n`);
    },
  };
}

/** Worth a line is what differs, and another tenth of what takes long: it may be told of often. */
function newsOf(progress: Progress): string {
  switch (progress.kind) {
    case 'status': {
      const { part, status, consumed, rows } = progress;
      return `${part} ${status} ${consumed === undefined ? '?' : Math.floor((10 * consumed) / rows)}`;
    }
    case 'sending':
      return `${progress.part} ${progress.attempt} ${Math.floor((10 * progress.bytes) / progress.bytesMax)}`;
    case 'reading':
    case 'splitting':
      return progress.kind;
    default:
      return JSON.stringify(progress);
  }
}

/** Undefined for what a log need not hold; `parts` is how many there are. */
export function lineOf(progress: Progress, parts: number): string | undefined {
  const line = LINES[progress.kind] as ((told: Progress, name: PartName) => string | undefined) | undefined;
  return line?.(progress, (part, attempt = 1) => partName(part, parts) + (attempt > 1 ? `, attempt ${attempt}` : ''));
}

type PartName = (part: number, attempt?: number) => string;

const LINES: {
  readonly [Kind in Progress['kind']]?: (
    progress: Extract<Progress, { readonly kind: Kind }>,
    name: PartName,
  ) => string | undefined;
} = {
  planned: ({ plan: { rows, bytes, parts }, job }) =>
    `${job === undefined ? '' : `job ${job}: `}read ${counted(rows, 'row')}: ${bytes} bytes in ${counted(parts.length, 'part')}`,
  sending: ({ part, attempt, bytes }, name) => (bytes === 0 ? `sending ${name(part, attempt)}` : undefined),
  retrying: ({ part, attempt, afterMs, error }, name) =>
    `${name(part, attempt)} again in ${seconds(afterMs)}: ${printable(error.message)}`,
  submitted: ({ part, link }, name) => `${name(part)} accepted: ${printable(link)}`,
  pacing: ({ ms, reason }) => `waiting ${seconds(ms)}: ${PACING[reason]}`,
  status: ({ part, status, consumed, rows }, name) =>
    `${name(part)}: ${status}, ${consumed ?? 'unknown number'} of ${rows} rows applied`,
  'held-up': ({ job, sharedIds }) =>
    `waiting for job ${job}, which is writing ${sharedIds} of these ids (v2-override-caveat)`,
  verifying: ({ fetched, of }) => (fetched === of ? `fetched ${of} profiles` : undefined),
  settled: ({ report: { part, state } }, name) => `${name(part)}: ${state}`,
};

const PACING = {
  'calls-per-minute': 'no more calls this minute',
  'questions-per-minute': 'no more status requests this minute',
  'window-closed': 'the service asked to be left alone (503, 429)',
} as const;

/** `part 2 of 6`. */
export const partName = (part: number, parts: number) => `part ${part}${parts > 1 ? ` of ${parts}` : ''}`;
const seconds = (ms: number) => `${Math.ceil(ms / 1000)} s`;
