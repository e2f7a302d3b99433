/** `tpe simulate`: the real uploader against the real emulator under faults drawn from a seed; a failure can be replayed. */
import { z } from 'zod';
import { simulate, type SimulationFailure, type SimulationResult } from '../../sim/simulation/simulate.ts';
import { defineCommand } from '../define-command.ts';
import { EXIT_CODES } from '../problem.ts';
import { asTyped, linesText } from '../printable.ts';

const simulateOptionsSchema = z.strictObject({
  seed: z.int().min(0).max(4_294_967_295).default(1).describe('The same seed gives the same output.'),
  steps: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(1000)
    .describe('Uploads, files of customer attributes, visits, updates and waits.'),
});

/** Steps between two lines of progress. */
const PROGRESS_STEPS = 1_000;

export const simulateCommand = defineCommand({
  name: 'simulate',
  description: 'run uploader and emulator through faults, and check everything',
  schema: simulateOptionsSchema,
  help: `
Network, clock and faults are simulated in this process; nothing is sent. Then
the faults stop, and everything must come to its end. Exits 1 when a check
fails.

Examples:
  tpe simulate --seed 7 --steps 10000
  tpe simulate --seed 7 --steps 10000 --json`,
  async does({ options, tell }, context) {
    const { stderr, signal, now, environment } = context;
    const startMs = now();
    const result = await simulate({
      ...options,
      signal,
      onProgress(stepsDone, isShrinking) {
        if (isShrinking) stderr.write(`simulate: a check failed within step ${stepsDone}; looking for fewer steps\n`);
        else if (stepsDone % PROGRESS_STEPS === 0) stderr.write(`simulate: ${stepsDone} of ${options.steps} steps\n`);
      },
    });
    stderr.write(`simulate: ${((now() - startMs) / 1000).toFixed(1)} s\n`);
    const replay = result.failure && asTyped(replayCommand(result.failure), environment.command);
    tell({ ...result, replay }, () => simulationText(result, replay));
    if (result.failure !== undefined) return EXIT_CODES.bug;
    return result.steps < options.steps ? EXIT_CODES.interrupted : EXIT_CODES.done;
  },
});

/** Nothing in it but what the seed determines. */
export function simulationText(result: SimulationResult, replay?: string): string {
  const { seed, steps, episodes, tally, digest, failure } = result;
  return linesText(
    `seed ${seed}: ${steps} steps in ${episodes} episodes`,
    `uploads   ${countsText(tally.uploads)}`,
    `faults    ${countsText(tally.faults)}`,
    `served    ${tally.calls} calls, ${tally.batches} batches (${tally.dropped} dropped), ${tally.rows} rows`,
    `files     ${countsText(tally.files)}`,
    `digest    ${digest}`,
    failure === undefined
      ? 'every check holds'
      : [
          `failed    ${failure.checker} with seed ${failure.seed}: ${failure.message}`,
          `replay    ${replay}`,
          'these steps are enough:',
          ...failure.trace.map((line, index) => `  ${index + 1}. ${line}`),
        ],
  );
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const names = Object.keys(counts).toSorted();
  return names.map((name) => `${name} ${counts[name]}`).join(', ') || 'none';
}

/** Fails in its first episode. */
export const replayCommand = ({ seed, steps }: Pick<SimulationFailure, 'seed' | 'steps'>): string =>
  `tpe simulate --seed ${seed} --steps ${steps}`;
