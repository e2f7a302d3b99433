/** An upload as a bar, for a person who watches. */
import { Presets, SingleBar } from 'cli-progress';
import type { Context } from './context.ts';
import type { ProgressDisplay } from './progress-display.ts';
import { lineOf, partText } from './progress-lines.ts';

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
