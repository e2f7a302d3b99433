/** `tpe simulate`: the real uploader against the real emulator under faults drawn from a seed; a failure can be replayed. */
import { Command } from 'commander';
import { z } from 'zod';
import { simulate as runSimulation } from '../../sim/simulation/index.ts';
import { printJson, type Context, type Run } from '../context.ts';
import { EXIT_CODES, type ExitCode } from '../exit-code.ts';
import { addOptionFields, checkedOptions, givenOptions } from '../option-flags.ts';
import { fieldsOf } from '../schema-fields.ts';
import { asTyped } from '../shell-word.ts';
import { replayCommand, simulationText } from '../simulation-text.ts';

const simulateOptionsSchema = z.strictObject({
  seed: z.int().min(0).max(4_294_967_295).default(1).describe('The same seed gives the same output.'),
  steps: z.int().min(1).max(10_000_000).default(1000).describe('Uploads, visits, updates and waits.'),
});
const FIELDS = fieldsOf(simulateOptionsSchema, () => false);

/** Steps between two lines of progress. */
const PROGRESS_STEPS = 1_000;

export function simulateCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('simulate').description('run uploader and emulator through faults, and check everything');
  command.option('--json', 'print the result as JSON');
  return addOptionFields(command, FIELDS)
    .addHelpText(
      'after',
      `
Network, clock and faults are simulated in this process; nothing is sent. Then the
faults stop, and everything must come to its end. Exits 1 when a check fails.

Examples:
  tpe simulate --seed 7 --steps 10000
  tpe simulate --seed 7 --steps 10000 --json`,
    )
    .action(async () => {
      await run((context) => {
        const given = givenOptions(command, FIELDS, context.environment);
        const options = checkedOptions(simulateOptionsSchema, FIELDS, given, 'tpe simulate');
        return simulate(options, command.opts<{ json?: boolean }>().json === true, context);
      });
    });
}

async function simulate(
  { seed, steps }: z.output<typeof simulateOptionsSchema>,
  json: boolean,
  context: Context,
): Promise<ExitCode> {
  const { stdout, stderr, signal } = context;
  const startMs = context.now();
  const result = await runSimulation({
    seed,
    steps,
    signal,
    onProgress(stepsDone, isShrinking) {
      if (isShrinking) stderr.write(`simulate: a check failed within step ${stepsDone}; looking for fewer steps\n`);
      else if (stepsDone % PROGRESS_STEPS === 0) stderr.write(`simulate: ${stepsDone} of ${steps} steps\n`);
    },
  });
  stderr.write(`simulate: ${((context.now() - startMs) / 1000).toFixed(1)} s\n`);
  const replay = result.failure && asTyped(replayCommand(result.failure), context.environment.command);
  if (json) printJson(context, { ...result, ...(replay !== undefined && { replay }) });
  else stdout.write(simulationText(result, replay));
  if (result.failure !== undefined) return EXIT_CODES.bug;
  return result.steps < steps ? EXIT_CODES.interrupted : EXIT_CODES.done;
}
