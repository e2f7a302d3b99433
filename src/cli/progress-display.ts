/** Shows how an upload goes, on standard error: a bar where a person watches, a line or an object for each event in a log. */
import type { Progress } from '../client/index.ts';
import type { Context } from './context.ts';
import { jsonDisplay, lineDisplay } from './progress-lines.ts';

export interface ProgressDisplay {
  readonly show: (progress: Progress) => void;
  /** Takes the bar away. */
  readonly stop: () => void;
}

/** What draws the bar is loaded only for a bar. */
export async function progressDisplay(context: Context, log: 'text' | 'json' = 'text'): Promise<ProgressDisplay> {
  if (log === 'json') return jsonDisplay(context);
  if (context.progress === 'lines') return lineDisplay(context);
  const { barDisplay } = await import('./progress-bar.ts');
  return barDisplay(context);
}
