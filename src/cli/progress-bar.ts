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
      switch (progress.kind) {
        case 'reading':
          update('reading  ', progress.bytes, progress.bytesMax ?? progress.bytes, `${progress.rows} rows`);
          return;
        case 'splitting':
          update('splitting', progress.rows, progress.rowsMax, `${progress.rows} rows`);
          return;
        case 'sending':
          if (totals !== undefined) update('sending  ', totals.bytes, totals.bytesMax, totalsText(totals));
          return;
        case 'verifying':
          update('verifying', progress.fetched, progress.of, `${progress.of} profiles`);
          return;
        case 'status':
          update(
            'applying ',
            progress.consumed ?? 0,
            progress.rows,
            `${partName(progress.part, parts)}: ${progress.status}`,
          );
          return;
        case 'retrying':
        case 'held-up':
        case 'pacing': {
          stop();
          context.stderr.write(`${lineOf(progress, parts)}\n`);
          return;
        }
        case 'planned':
          parts = progress.plan.parts.length;
          return;
        case 'submitted':
        case 'settled':
          return;
      }
    },
  };
}
