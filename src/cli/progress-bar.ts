/** An upload as a bar, for a person who watches. */
import { Presets, SingleBar } from 'cli-progress';
import type { Context } from './context.ts';
import type { ProgressDisplay } from './progress-display.ts';
import { lineOf, partName } from './progress-lines.ts';
import { progressTotals, totalsText } from './progress-totals.ts';

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
      const totals = totalsOf(progress);
      const { kind } = progress;
      if (kind === 'planned') parts = progress.plan.parts.length;
      if (totals !== undefined) update('sending  ', totals.bytes, totals.bytesMax, totalsText(totals));
      if (kind === 'reading') {
        update('reading  ', progress.bytes, progress.bytesMax ?? progress.bytes, `${progress.rows} rows`);
      }
      if (kind === 'splitting') update('splitting', progress.rows, progress.rowsMax, `${progress.rows} rows`);
      if (kind === 'verifying') update('verifying', progress.fetched, progress.of, `${progress.of} profiles`);
      if (kind === 'status') {
        const { part, status, consumed = 0, rows } = progress;
        update('applying ', consumed, rows, `${partName(part, parts)}: ${status}`);
      }
      if (kind === 'retrying' || kind === 'held-up' || kind === 'pacing') {
        stop();
        context.stderr.write(`${lineOf(progress, parts)}\n`);
      }
    },
  };
}
