/** Looks for fewer steps that fail in the same way: leaves out half of them, then a quarter, at last one after the other. */
import { type Episode, runEpisode, type Subject } from './run-episode.ts';

/** The same checker must speak: another failure would be another story. */
export async function shrink(
  episode: Episode,
  checker: string,
  { subject, runsMax }: { readonly subject: Subject; readonly runsMax: number },
): Promise<Episode> {
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
  return { ...episode, steps };
}
