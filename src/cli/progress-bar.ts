/** An upload as a bar, for a person who watches. */
import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../client/index.ts';
import type { Context } from './context.ts';
import { lineOf, partName, type ProgressDisplay, progressTotals, type Totals, totalsText } from './progress-display.ts';

export function barDisplay(context: Context): ProgressDisplay {
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
  const totalsOf = progressTotals(() => context.now());
  let task = '';
  let parts = 1;
  const stop = () => {
    if (task !== '') bar.stop();
    task = '';
  };
  return {
    stop,
    show(progress) {
      if (progress.kind === 'planned') parts = progress.plan.parts.length;
      if (progress.kind === 'retrying' || progress.kind === 'held-up' || progress.kind === 'pacing') {
        stop();
        context.stderr.write(`${lineOf(progress, parts)}\n`);
      }
      const shown = barOf(progress, totalsOf(progress), parts);
      if (shown === undefined) return;
      const [name, value, most, detail] = shown;
      const total = Math.max(1, most);
      if (name !== task) {
        stop();
        bar.start(total, 0, { task: name, detail });
        task = name;
      }
      bar.setTotal(total);
      bar.update(Math.min(value, total), { task, detail });
    },
  };
}

type Bar = readonly [task: string, value: number, most: number, detail: string];

function barOf(progress: Progress, totals: Totals | undefined, parts: number): Bar | undefined {
  switch (progress.kind) {
    case 'reading':
      return ['reading  ', progress.bytes, progress.bytesMax ?? progress.bytes, `${progress.rows} rows`];
    case 'splitting':
      return ['splitting', progress.rows, progress.rowsMax, `${progress.rows} rows`];
    case 'sending':
      return totals && ['sending  ', totals.bytes, totals.bytesMax, totalsText(totals)];
    case 'status': {
      const { part, status, consumed = 0, rows } = progress;
      return ['applying ', consumed, rows, `${partName(part, parts)}: ${status}`];
    }
    case 'verifying':
      return ['verifying', progress.fetched, progress.of, `${progress.of} profiles`];
    default:
      return undefined;
  }
}
