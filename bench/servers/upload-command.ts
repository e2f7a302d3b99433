/** `tpe upload` as a process: how long it took from its start, and the most memory it ever had. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchContext } from '../context.ts';
import type { GoalName } from '../goals.ts';
import { rounded } from '../measure.ts';
import { peakMiBOf } from './process-memory.ts';

export interface UploadRun {
  readonly seconds: number;
  /** Its report, as JSON. */
  readonly printed: string;
  /** Undefined where only Linux would tell. */
  readonly peakMiB: number | undefined;
}

/** Its job is written down as everybody's is, but neither among those of whoever measures nor where an earlier one waits. */
export async function runUpload(context: BenchContext, words: readonly string[], exitCode = 0): Promise<UploadRun> {
  const { dist, directory } = context;
  const state = join(directory, 'uploader-state');
  rmSync(state, { recursive: true, force: true });
  const always = ['--client', 'bench', '--json', '--state', state];
  const startedAt = performance.now();
  const args = [join(dist, 'cli.js'), 'upload', ...words, ...always];
  const child = context.own(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  let complaints = '';
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  // The peak is read until there is nobody to ask any more.
  let peakMiB: number | undefined;
  const look = setInterval(() => (peakMiB = peakMiBOf(child.pid!) ?? peakMiB), 20);
  const [code] = await once(child, 'close');
  clearInterval(look);
  if (code !== exitCode) throw new Error(`tpe upload ended with ${String(code)}: ${complaints}`);
  return { seconds: (performance.now() - startedAt) / 1000, peakMiB, printed };
}

/** Gives them, rounded. */
export function judgePeaks(context: BenchContext, goal: GoalName, peaks: readonly (number | undefined)[]): number[] {
  const known = peaks.filter((peak) => peak !== undefined);
  if (known.length === 0) context.cannotJudge(goal, 'only Linux tells');
  else context.judge(goal, Math.max(...known));
  return known.map(rounded);
}
