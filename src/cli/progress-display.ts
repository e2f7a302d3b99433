/** Shows how an upload goes, on standard error: a bar where a person watches, a line or an object for each event in a log. */
import type { Progress, UploadPlan } from '../client/index.ts';
import type { Context } from './context.ts';
import { counted, jsonText, printable } from './printable.ts';

export interface ProgressDisplay {
  readonly show: (progress: Progress) => void;
  /** Takes the bar away. */
  readonly stop: () => void;
}

export async function progressDisplay(context: Context, log: 'text' | 'json' = 'text'): Promise<ProgressDisplay> {
  // What draws the bar is loaded only for a bar.
  if (log === 'text' && context.progress === 'bar') return (await import('./progress-bar.ts')).barDisplay(context);
  const totalsOf = progressTotals(() => context.now());
  /** Of each part on its own: several are asked for in turn. */
  const before = new Map<number, string>();
  let parts = 1;
  let job: string | undefined;
  return {
    stop: () => undefined,
    show(progress) {
      if (progress.kind === 'planned') {
        parts = progress.plan.parts.length;
        job = progress.job;
      }
      const totals = totalsOf(progress);
      const news = newsOf(progress);
      const part = 'part' in progress ? progress.part : 0;
      if (news === before.get(part)) return;
      before.set(part, news);
      const time = `${new Date(context.now()).toISOString().slice(0, -5)}Z`;
      const line = log === 'json' ? jsonLine(progress, totals, { time, job }) : textLine(progress, totals, time, parts);
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

/** With its time and, once it is known, the job; what rows hold does not go into a log. */
function jsonLine(progress: Progress, totals: Totals | undefined, told: object): string | undefined {
  if (progress.kind === 'reading' || progress.kind === 'splitting') return undefined;
  const withoutRows =
    progress.kind === 'planned'
      ? { plan: { ...progress.plan, sample: undefined } }
      : progress.kind === 'settled' && { report: { ...progress.report, failedIds: progress.report.failedIds.length } };
  return jsonText({ ...told, ...progress, ...withoutRows, totals });
}

function textLine(progress: Progress, totals: Totals | undefined, time: string, parts: number): string | undefined {
  const line = totals === undefined || totals.bytes === 0 ? lineOf(progress, parts) : totalsText(totals);
  return line && `${time} ${line}`;
}

/** Undefined for what a log need not hold; `parts` is how many there are. */
export function lineOf(progress: Progress, parts: number): string | undefined {
  const line = LINES[progress.kind] as ((told: Progress, parts: number) => string | undefined) | undefined;
  return line?.(progress, parts);
}

type Told<Kind> = Extract<Progress, { readonly kind: Kind }>;

const LINES: { readonly [Kind in Progress['kind']]?: (told: Told<Kind>, parts: number) => string | undefined } = {
  planned: ({ plan: { rows, bytes, parts }, job }) =>
    `${job === undefined ? '' : `job ${job}: `}read ${counted(rows, 'row')}: ${bytes} bytes in ${counted(parts.length, 'part')}`,
  sending: ({ part, attempt, bytes }, parts) =>
    bytes === 0 ? `sending ${partName(part, parts)}${attemptText(attempt)}` : undefined,
  retrying: ({ part, attempt, afterMs, error }, parts) =>
    `${partName(part, parts)}${attemptText(attempt)} again in ${inSeconds(afterMs)}: ${printable(error.message)}`,
  submitted: ({ part, link }, parts) => `${partName(part, parts)} accepted: ${printable(link)}`,
  pacing: ({ ms, reason }) => `waiting ${inSeconds(ms)}: ${PACING[reason]}`,
  status: ({ part, status, consumed, rows }, parts) =>
    `${partName(part, parts)}: ${status === 'unknown' ? 'its status is not known' : status}${consumed === undefined ? '' : `, ${consumed} of ${rows} rows applied`}`,
  'held-up': ({ job, sharedIds }) =>
    `waiting for job ${job}, which is writing ${sharedIds} of these ids (v2-override-caveat)`,
  verifying: ({ fetched, of }) => (fetched === of ? `fetched ${counted(of, 'profile')}` : undefined),
  settled: ({ report: { part, state } }, parts) => `${partName(part, parts)}: ${state}`,
};

const PACING = {
  'calls-per-minute': 'no more calls this minute',
  'questions-per-minute': 'no more status requests this minute',
  'window-closed': 'the service asked to be left alone (503, 429)',
} as const;

/** `part 2 of 6`. */
export const partName = (part: number, parts: number) => `part ${part}${parts > 1 ? ` of ${parts}` : ''}`;
const attemptText = (attempt: number) => (attempt > 1 ? `, attempt ${attempt}` : '');
const inSeconds = (ms: number) => `${Math.ceil(ms / 1000)} s`;

export type Totals = NonNullable<ReturnType<ReturnType<typeof progressTotals>>>;

/** Gives the totals of each `sending`; undefined for all else. */
export function progressTotals(now: () => number) {
  let plan: UploadPlan | undefined;
  let first: { readonly atMs: number; readonly bytes: number } | undefined;
  return (progress: Progress) => {
    if (progress.kind === 'planned') plan = progress.plan;
    if (progress.kind !== 'sending' || plan === undefined) return undefined;
    const { bytes: bytesMax, rows: rowsMax, parts } = plan;
    const { part, left: callsLeft } = progress;
    const own = parts[part - 1]!;
    let bytes = progress.bytes;
    let rows = Math.floor((progress.bytes / Math.max(1, own.bytes)) * own.rows);
    for (const before of parts.filter((each) => each.part < part)) {
      bytes += before.bytes;
      rows += before.rows;
    }
    first ??= { atMs: now(), bytes };
    const [tookMs, sent] = [now() - first.atMs, bytes - first.bytes];
    // Undefined until something can be said.
    const secondsToGo = sent > 0 && tookMs > 0 ? Math.ceil(((bytesMax - bytes) * tookMs) / sent / 1000) : undefined;
    return { bytes, bytesMax, rows, rowsMax, part, parts: parts.length, callsLeft, secondsToGo };
  };
}

/** `12.5 of 49.0 MB, 125000 of 500000 rows, part 1 of 3, 48 calls left this minute, 1m20s to go`. */
export function totalsText({ bytes, bytesMax, rows, rowsMax, part, parts, callsLeft, secondsToGo }: Totals): string {
  const calls = callsLeft === undefined ? '' : `, ${callsLeft} calls left this minute`;
  const time = secondsToGo === undefined ? '' : `, ${durationText(secondsToGo)} to go`;
  const megabytes = `${inMegabytes(bytes)} of ${inMegabytes(bytesMax)} MB`;
  return `${megabytes}, ${rows} of ${rowsMax} rows, part ${part} of ${parts}${calls}${time}`;
}

export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m${seconds % 60}s` : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}

const inMegabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1);
