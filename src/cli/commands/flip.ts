/** `tpe flip`: which readings of the documents a test command depends on, found by flipping them one by one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Help } from 'commander';
import { z } from 'zod';
import { DEFAULT_SETTINGS, STRICT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import { emulatorOptionsSchema } from '../../server/index.ts';
import { defineCommand } from '../define-command.ts';
import { EXIT_CODES, Problem, wrongUsage } from '../problem.ts';
import { flipAll, type RunOutcome } from '../flip/flip-all.ts';
import { flipReportJson, flipReportText, allFlips, flipName, pairsOf } from '../flip/flips.ts';
import { fieldsOf } from '../schema-fields.ts';
import { shellWord } from '../printable.ts';

/** More emulators and runners at once would measure the machine. */
const JOBS_MAX = 8;

const flipOptionsSchema = z.strictObject({
  only: z
    .array(z.string())
    .default([])
    .describe('Readings to flip, by name, separated by commas; all of them unless told.'),
  pairs: z.boolean().default(false).describe('Flip every two readings together as well.'),
  jobs: z
    .int()
    .min(1)
    .max(JOBS_MAX)
    .default(() => Math.min(availableParallelism(), JOBS_MAX))
    .describe('Runs side by side; by default as many as there are cores. 1 where the command needs a port of its own.'),
  ...emulatorOptionsSchema.pick({ pace: true, clock: true, seed: true, mode: true }).shape,
});
const READINGS = fieldsOf(emulatorOptionsSchema, () => false, DEFAULT_SETTINGS).filter(
  ({ name }) => name in DEFAULT_SETTINGS,
);

export const flipCommand = defineCommand({
  name: 'flip',
  description: 'run a test command under each other reading of the documents; tells which it depends on',
  words: [['<command...>', 'after --, the command and its arguments']],
  schema: flipOptionsSchema,
  help: `
The command runs once under the defaults and once under each other reading, each
time against a fresh emulator: its address is in TPE_URL, a client code in
TPE_CLIENT. Emulators that the command starts itself with this package read
TPE_FLIP; a reading that it sets itself is left alone and reported as fixed.
Where a run ends otherwise it is repeated once, to tell a flake.

Exit codes: 0 it depends on none, 1 it depends on some, 3 it fails under the
defaults already or reaches no emulator.

${new Help().boxWrap(`Readings: ${READINGS.map(({ name }) => name).join(', ')}`, 80)}

Examples:
  tpe flip -- npx vitest run
  tpe flip --only consecutiveV2,body -- node --test
  tpe flip --pairs --jobs 1 --json -- pytest -q`,
  async does({ options: given, words, tell }, context) {
    const { only, pairs, jobs, ...options } = given;
    const unknown = only.filter((name) => !READINGS.some((field) => field.name === name));
    const unknownText = unknown.map((name) => JSON.stringify(name)).join(', ');
    if (unknown.length > 0) throw wrongUsage('tpe flip', `There is no reading ${unknownText}`, 'unknown-reading');
    const chosen = READINGS.filter(({ name }) => only.length === 0 || only.includes(name));
    const base = options.mode === 'strict' ? STRICT_SETTINGS : DEFAULT_SETTINGS;
    const single = allFlips(chosen, base);
    const flips = [...single.map((each) => [each]), ...(pairs ? pairsOf(single) : [])];
    const directory = await mkdtemp(join(tmpdir(), 'tpe-flip-'));
    try {
      const plan = { words, options, directory };
      const report = await flipAll(plan, flips, jobs, context, ({ flips: flipped, kind }, done) => {
        context.stderr.write(`flip: ${done} of ${flips.length}: ${flipped.map(flipName).join(' with ')}: ${kind}\n`);
      });
      if (context.signal.aborted) return EXIT_CODES.interrupted;
      refuse(report.base, words);
      tell(flipReportJson(report), () => flipReportText(report, context.style));
      return report.results.some(({ kind }) => kind === 'depends') ? EXIT_CODES.bug : EXIT_CODES.done;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
});

/** What makes every comparison worthless. */
function refuse({ exitCode, reached, output }: RunOutcome, words: readonly string[]): void {
  const command = words.map(shellWord).join(' ');
  if (exitCode !== 0) {
    const end = output.trimEnd().split('\n').slice(-5).join(' | ');
    const message = `Under the defaults ${command} ends with exit code ${exitCode} already: ${end}`;
    throw new Problem(message, { reason: 'invalidInput', code: 'fails-unflipped', next: `tpe exec -- ${command}` });
  }
  if (reached) return;
  const message = `${command} sent nothing to the emulator in TPE_URL and started none that reads TPE_FLIP: no reading can matter`;
  throw new Problem(message, { reason: 'invalidInput', code: 'no-emulator', next: 'tpe flip --help' });
}
