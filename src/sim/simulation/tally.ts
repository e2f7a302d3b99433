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

export function addTally(sum: Tally, more: Tally): void {
  for (const kind of ['uploads', 'faults', 'files'] as const) {
    for (const [name, count] of Object.entries(more[kind])) sum[kind][name] = (sum[kind][name] ?? 0) + count;
  }
  sum.calls += more.calls;
  sum.batches += more.batches;
  sum.dropped += more.dropped;
  sum.rows += more.rows;
}
