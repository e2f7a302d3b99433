/** Rounds, medians and quantiles: how a figure is taken. */

export interface Timed<Result> {
  readonly seconds: number;
  readonly result: Result;
}

export async function timed<Result>(work: () => Promise<Result> | Result): Promise<Timed<Result>> {
  const startedAt = performance.now();
  const result = await work();
  return { seconds: (performance.now() - startedAt) / 1000, result };
}

/**
 * Each candidate once a round, in turn, so that a slow minute of the machine falls on all of them alike. Every other
 * round goes backwards: nobody always runs behind the same neighbour.
 */
export async function interleaved<Name extends string>(
  rounds: number,
  candidates: Readonly<Record<Name, (round: number) => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(candidates) as Name[];
  const figures = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) figures[name].push(await candidates[name](round));
  }
  return figures;
}

/** The median of the ratios of each round's pair: what both suffered in that round cancels out. */
export function medianRatio(figures: readonly number[], floors: readonly number[]): number {
  return median(figures.map((figure, round) => figure / (floors[round] ?? Number.NaN)));
}

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function quantile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Of milliseconds. */
export function latency(figures: readonly number[]): Latency {
  return {
    count: figures.length,
    p50: rounded(quantile(figures, 0.5)),
    p99: rounded(quantile(figures, 0.99)),
    max: rounded(quantile(figures, 1)),
  };
}

/** Three digits: more would be noise written down. */
export function rounded(figure: number): number {
  return Number.isFinite(figure) ? Number(figure.toPrecision(3)) : figure;
}
