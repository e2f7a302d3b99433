/** Shows how an upload goes, on standard error: a bar where a person watches, a line for each event in a log. */
import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../client/index.ts';
import type { Context } from './context.ts';
import { printable } from './printable.ts';
import { unreachable } from './unreachable.ts';

export interface ProgressDisplay {
  readonly show: (progress: Progress) => void;
  /** Takes the bar away. */
  readonly stop: () => void;
}

export function progressDisplay(context: Context): ProgressDisplay {
  return context.progress === 'bar' ? barDisplay(context) : lineDisplay(context);
}

function barDisplay(context: Context): ProgressDisplay {
  const bar = new SingleBar(
    {
      stream: context.stderr,
      format: '{task} {bar} {percentage}%  {detail}',
      clearOnComplete: true,
      hideCursor: true,
      barsize: 30,
      // The process has its own handler, which removes temporary files first.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  let task = '';
  const update = (next: string, value: number, total: number, detail: string) => {
    if (next !== task) {
      if (task !== '') bar.stop();
      task = next;
      bar.start(Math.max(1, total), value, { task, detail });
    } else {
      bar.setTotal(Math.max(1, total));
      bar.update(Math.min(value, Math.max(1, total)), { task, detail });
    }
  };
  const stop = () => {
    if (task !== '') bar.stop();
    task = '';
  };
  return {
    stop,
    show(progress) {
      switch (progress.kind) {
        case 'reading':
          update('reading  ', progress.bytes, progress.bytesMax ?? progress.bytes, `${progress.rows} rows`);
          return;
        case 'splitting':
          update('splitting', progress.rows, progress.rowsMax, `${progress.rows} rows`);
          return;
        case 'sending':
          update('sending  ', progress.bytes, progress.bytesMax, partText(progress.part, progress.attempt));
          return;
        case 'status':
          update('applying ', progress.consumed ?? 0, progress.rows, `part ${progress.part}: ${progress.status}`);
          return;
        case 'retrying':
        case 'pacing': {
          stop();
          context.stderr.write(`${lineOf(progress)}\n`);
          return;
        }
        case 'planned':
        case 'submitted':
        case 'settled':
          return;
      }
    },
  };
}

function lineDisplay(context: Context): ProgressDisplay {
  let before = '';
  return {
    stop: () => undefined,
    show(progress) {
      const line = lineOf(progress);
      // A status that says the same as the last one is no news.
      if (line === undefined || line === before) return;
      before = line;
      context.stderr.write(`${line}\n`);
    },
  };
}

/** Undefined for what a log need not hold. */
function lineOf(progress: Progress): string | undefined {
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

const partText = (part: number, attempt: number) => `part ${part}${attempt > 1 ? `, attempt ${attempt}` : ''}`;
const seconds = (ms: number) => `${Math.ceil(ms / 1000)} s`;
