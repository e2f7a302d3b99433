/** What a simulation came to, for standard output: nothing in it but what the seed determines. */
import type { SimulationFailure, SimulationResult } from '../sim/simulation/index.ts';

export function simulationText(
  { seed, steps, episodes, tally, digest, failure }: SimulationResult,
  replay?: string,
): string {
  const lines = [
    `seed ${seed}: ${steps} steps in ${episodes} episodes`,
    `uploads   ${countsText(tally.uploads)}`,
    `faults    ${countsText(tally.faults)}`,
    `served    ${tally.calls} calls, ${tally.batches} batches (${tally.dropped} dropped), ${tally.rows} rows`,
    `digest    ${digest}`,
  ];
  if (failure === undefined) lines.push('every check holds');
  else {
    lines.push(
      `failed    ${failure.checker} with seed ${failure.seed}: ${failure.message}`,
      `replay    ${replay}`,
      'these steps are enough:',
      ...failure.trace.map((line, index) => `  ${index + 1}. ${line}`),
    );
  }
  return `${lines.join('\n')}\n`;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const names = Object.keys(counts).toSorted();
  return names.length === 0 ? 'none' : names.map((name) => `${name} ${counts[name]}`).join(', ');
}

/** Fails in its first episode. */
export function replayCommand({ seed, steps }: Pick<SimulationFailure, 'seed' | 'steps'>): string {
  return `tpe simulate --seed ${seed} --steps ${steps}`;
}
