/** Runs the command under the defaults and under each flip, side by side, and says which flips change how it ends. */
import type { Context } from '../context.ts';
import type { Flip } from './flips.ts';
import { alike, type RunOutcome, type RunPlan, runOnce } from './run-once.ts';

export interface FlipResult {
  readonly flips: readonly Flip[];
  /** `depends`: it ended otherwise, twice; `flaky`: once, and not again; `fixed`: the command sets the reading itself. */
  readonly kind: 'same' | 'depends' | 'flaky' | 'fixed';
  readonly outcome: RunOutcome;
}

export interface FlipReport {
  readonly base: RunOutcome;
  readonly results: readonly FlipResult[];
}

/** `jobs` run at once, none where the run under the defaults fails or reaches no emulator. Stops early with the signal. */
export async function flipAll(
  plan: RunPlan,
  flips: readonly (readonly Flip[])[],
  jobs: number,
  context: Context,
  onResult: (result: FlipResult, done: number) => void,
): Promise<FlipReport> {
  let runs = 0;
  const run = (flipped: readonly Flip[]) => runOnce(plan, flipped, (runs += 1), context);
  const base = await run([]);
  if (!base.reached || base.exitCode !== 0) return { base, results: [] };

  const judged = async (flipped: readonly Flip[]): Promise<FlipResult> => {
    const outcome = await run(flipped);
    const kind = flipped.every(({ name }) => outcome.fixed.has(name)) ? 'fixed' : 'same';
    if (alike(base, outcome)) return { flips: flipped, kind, outcome };
    // Once more, to tell a flake from an effect.
    return { flips: flipped, kind: alike(outcome, await run(flipped)) ? 'depends' : 'flaky', outcome };
  };

  const results: FlipResult[] = [];
  const waiting = flips.entries();
  const work = async () => {
    for (const [at, flipped] of waiting) {
      const result = context.signal.aborted ? undefined : await judged(flipped);
      // What the signal cut short has told nothing.
      if (result === undefined || context.signal.aborted) return;
      results[at] = result;
      onResult(result, Object.keys(results).length);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  // Those that were not reached are holes.
  return { base, results: Object.values(results) };
}
