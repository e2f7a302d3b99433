/** A simulation: episodes one after the other, each with a seed of its own, until the steps are done or something is wrong. */
import { createHash } from 'node:crypto';
import { randomFor } from '../../server/runtime/random.ts';
import { drawSettings, drawSteps } from './draw-steps.ts';
import type { Violation } from './checkers/index.ts';
import { type Episode, runEpisode, type Subject } from './run-episode.ts';
import { stepText } from './step.ts';
import { addTally, newTally } from './world.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly steps: number;
  readonly subject?: Subject;
  /** Told after each episode, and when a failure is being shrunk. */
  readonly onProgress?: (stepsDone: number, isShrinking: boolean) => void;
  readonly signal?: AbortSignal;
  /** Episodes run while a failure is shrunk; 200 unless told. */
  readonly shrinkRunsMax?: number;
}

export type SimulationResult = Awaited<ReturnType<typeof simulate>>;

export interface SimulationFailure extends Violation {
  /** A simulation of this seed and so many steps fails in its first episode. */
  readonly seed: number;
  readonly steps: number;
  /** The steps that are left when all are taken out that it does not need, one line each. */
  readonly trace: readonly string[];
}

/** Short enough to be understood and shrunk, long enough for a history. */
const STEPS_PER_EPISODE = 50;
const SHRINK_RUNS_MAX = 200;
const SEED_MAX = 2 ** 32 - 1;

/** Determined by the seed and the number of steps alone; the digest is of all that happened, and when. */
export async function simulate(options: SimulationOptions) {
  const { seed, steps, subject = {}, onProgress, signal, shrinkRunsMax = SHRINK_RUNS_MAX } = options;
  const hash = createHash('sha256');
  const tally = newTally();
  let done = 0;
  let episodes = 0;
  let failure: SimulationFailure | undefined;
  while (done < steps && failure === undefined && signal?.aborted !== true) {
    const count = Math.min(STEPS_PER_EPISODE, steps - done);
    // The first episode has the simulation's own seed, so that any other can be made the first.
    const own = episodes === 0 ? seed : randomFor(seed, 'simulation', `episode-${episodes}`).integer(0, SEED_MAX);
    const episode: Episode = { seed: own, settings: drawSettings(own), steps: drawSteps(own, count) };
    const result = await runEpisode(episode, subject);
    addTally(tally, result.tally);
    hash.update(result.digest);
    done += count;
    episodes += 1;
    onProgress?.(done, result.violation !== undefined);
    if (result.violation !== undefined) {
      const fewer = await fewerSteps(episode, result.violation.checker, subject, shrinkRunsMax);
      const { violation = result.violation } = await runEpisode({ ...episode, steps: fewer }, subject);
      failure = { ...violation, seed: own, steps: count, trace: fewer.map(stepText) };
    }
  }
  return { seed, steps: done, episodes, tally, digest: hash.digest('hex'), failure };
}

/**
 * Steps that fail in the same way: leaves out half of them, then a quarter, at last one after the other. The same checker
 * must speak: another failure would be another story.
 */
async function fewerSteps(episode: Episode, checker: string, subject: Subject, runsMax: number) {
  let { steps } = episode;
  let runs = 0;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < steps.length && runs < runsMax;) {
      const fewer = steps.toSpliced(start, size);
      runs += 1;
      const { violation } = await runEpisode({ ...episode, steps: fewer }, subject);
      if (violation?.checker === checker) steps = fewer;
      else start += size;
    }
  }
  return steps;
}
