/** Runs the command under the defaults and under each flip, side by side, and says which flips change how it ends. */
import type { Context } from '../context.ts';
import type { Flip } from './flips.ts';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Settings } from '../../protocol/vocabulary/index.ts';
import { flipText, type FlipNote, startEmulator, type EmulatorOptions } from '../../server/index.ts';
import { runChild, whereabouts } from '../run-child.ts';

export interface FlipResult {
  readonly flips: readonly Flip[];
  /** `depends`: it ended otherwise, twice; `flaky`: once, and not again; `fixed`: the command sets the reading itself. */
  readonly kind: 'same' | 'depends' | 'flaky' | 'fixed';
  readonly outcome: RunOutcome;
}

export type FlipReport = Readonly<{ base: RunOutcome; results: readonly FlipResult[] }>;

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

export type RunOutcome = Awaited<ReturnType<typeof runOnce>>;

/** What is kept of a run's output: closing lines come last. */
const OUTPUT_CHARACTERS_MAX = 64 * 1024;

export interface RunPlan {
  readonly words: readonly string[];
  readonly options: EmulatorOptions;
  /** For the notes of emulators that the command starts; ours alone. */
  readonly directory: string;
}

/** `run` tells runs that go on side by side apart. */
export async function runOnce(plan: RunPlan, flips: readonly Flip[], run: number, context: Context) {
  const { words, options, directory } = plan;
  const readings: Partial<Settings> = Object.fromEntries(flips.map(({ name, value }) => [name, value]));
  const fixed = new Set<string>();
  const markFixed = (names: readonly string[]) => {
    for (const name of names) if (Object.hasOwn(readings, name)) fixed.add(name);
  };
  const report = join(directory, `run-${run}`);
  let output = '';
  const flipped = Object.fromEntries(flips.map(({ name, value }) => [name, String(value)]));
  const emulator = await startEmulator(options, { flipped: { readings: flipped, fixed: markFixed } });
  try {
    const told = { ...whereabouts(emulator), TPE_FLIP: flipText(readings), TPE_FLIP_REPORT: report };
    const hear = (text: string) => {
      output = (output + text).slice(-OUTPUT_CHARACTERS_MAX);
    };
    const exitCode = await runChild(words, told, context, { hear });
    const lines = existsSync(report) ? readFileSync(report, 'utf8').split('\n') : [];
    const notes = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as FlipNote);
    for (const note of notes) markFixed(note.fixed);
    return {
      exitCode,
      /** Where the runner's closing line is known. */
      failedTests: failedTests(output),
      /** Readings that the command set by itself: they were not flipped. */
      fixed,
      /** Some emulator was used: this run's own, or one that the command started. */
      reached: notes.length > 0 || emulator.journal.read({ limit: 1 }).entries.length > 0,
      /** The end of what it printed. */
      output,
    };
  } finally {
    await emulator.close();
  }
}

/** Whether two runs ended alike. */
export const alike = (one: RunOutcome, other: RunOutcome): boolean =>
  one.exitCode === other.exitCode && one.failedTests === other.failedTests;

/** vitest, jest; node:test (spec and TAP reporters); pytest; mocha; RSpec and minitest. */
const CLOSING_LINES = [
  /^\s*Tests:?\s+(?:.*?\b)?(\d+) failed\b/,
  /^(?:# |ℹ )fail (\d+)$/,
  /^=*\s*(?:.*?\b)?(\d+) failed\b.* in [\d.]+s/,
  /^\s*(\d+) failing$/,
  /^\d+ (?:examples?|runs?), (?:\d+ assertions, )?(\d+) failures?/,
];

/** How many tests a runner says have failed; undefined where no line is known: then the exit code alone tells. */
export function failedTests(output: string): number | undefined {
  for (const line of stripVTControlCharacters(output).split('\n').toReversed()) {
    const [count] = CLOSING_LINES.flatMap((pattern) => pattern.exec(line)?.[1] ?? []);
    if (count !== undefined) return Number(count);
  }
  return undefined;
}
