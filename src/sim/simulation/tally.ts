/** What happened in a simulation, in numbers. */

export interface Tally {
  /** By the state of their report. */
  readonly uploads: Record<string, number>;
  /** How often each fired. */
  readonly faults: Record<string, number>;
  /** Files of customer attributes, by how they ended. */
  readonly files: Record<string, number>;
  calls: number;
  batches: number;
  /** Batches that went with their client code. */
  dropped: number;
  rows: number;
}

export function newTally(): Tally {
  return { uploads: {}, faults: {}, files: {}, calls: 0, batches: 0, dropped: 0, rows: 0 };
}

export function count(counts: Record<string, number>, name: string, more = 1): void {
  counts[name] = (counts[name] ?? 0) + more;
}

export function addTally(sum: Tally, more: Tally): void {
  for (const kind of ['uploads', 'faults', 'files'] as const)
    for (const [name, times] of Object.entries(more[kind])) count(sum[kind], name, times);
  for (const kind of ['calls', 'batches', 'dropped', 'rows'] as const) sum[kind] += more[kind];
}
