/** An upload as a line for each event, for a log. */
import type { Progress } from '../client/index.ts';
import type { Context } from './context.ts';
import { printable } from './printable.ts';
import type { ProgressDisplay } from './progress-display.ts';
import { unreachable } from './unreachable.ts';

export function lineDisplay(context: Context): ProgressDisplay {
  let before = '';
  return {
    stop: () => undefined,
    show(progress) {
      const line = lineOf(progress);
      if (line === undefined) return;
      const news = progress.kind === 'status' ? newsOf(progress) : line;
      if (news === before) return;
      before = news;
      context.stderr.write(`${line}\n`);
    },
  };
}

/** A status is worth a line when it differs, or when another tenth of the rows is applied: it may be asked for often. */
function newsOf({ part, status, consumed, rows }: Progress & { readonly kind: 'status' }): string {
  const tenths = consumed === undefined ? '?' : Math.floor((10 * consumed) / rows);
  return `${part} ${status} ${tenths}`;
}

/** Undefined for what a log need not hold. */
export function lineOf(progress: Progress): string | undefined {
  switch (progress.kind) {
    case 'reading':
    case 'splitting':
      return undefined;
    case 'planned': {
      const { rows, bytes, parts } = progress.plan;
      return `read ${rows} rows: ${bytes} bytes in ${parts.length} ${parts.length === 1 ? 'part' : 'parts'}`;
    }
    case 'sending':
      return progress.bytes === 0 ? `sending ${partText(progress.part, progress.attempt)}` : undefined;
    case 'retrying':
      return `${partText(progress.part, progress.attempt)} again in ${seconds(progress.afterMs)}: ${printable(progress.error.message)}`;
    case 'submitted':
      return `part ${progress.part} accepted: ${printable(progress.link)}`;
    case 'pacing':
      return `waiting ${seconds(progress.ms)}: ${PACING[progress.reason]}`;
    case 'status':
      return `part ${progress.part}: ${progress.status}, ${progress.consumed ?? 'unknown number'} of ${progress.rows} rows applied`;
    case 'settled':
      return `part ${progress.report.part}: ${progress.report.state}`;
    default:
      return unreachable(progress);
  }
}

const PACING = {
  'calls-per-minute': 'no more calls this minute',
  'window-closed': 'the service asked for a minute of silence (503)',
} as const;

export const partText = (part: number, attempt: number) => `part ${part}${attempt > 1 ? `, attempt ${attempt}` : ''}`;
const seconds = (ms: number) => `${Math.ceil(ms / 1000)} s`;
