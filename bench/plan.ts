/** How much is measured: sizes and rounds of a quick, an ordinary and a full run. */

export type Extent = 'quick' | 'ordinary' | 'full';

export interface Plan {
  readonly extent: Extent;
  /** Stated to whoever waits; nothing is cut off by it. */
  readonly minutes: number;
  /** Rows of "a full batch". */
  readonly batchRows: number;
  /** Rounds of what takes seconds, interleaved with its floor. */
  readonly rounds: number;
  /** Profiles in the store that large-store figures are taken from. */
  readonly populationMax: number;
  /** Where growth is looked at; the last is `populationMax`. */
  readonly levels: readonly number[];
  /** Seconds of one closed loop of requests. */
  readonly loopSeconds: number;
  readonly loopRounds: number;
  /** Of requests nobody counts, once a server: steady is what it is when its code is compiled. */
  readonly warmUpSeconds: number;
  readonly connections: readonly number[];
  /** Batches under which latencies are taken. */
  readonly batchesUnderLoad: number;
  readonly starts: number;
  readonly inProcessStarts: number;
  readonly peers: 'none' | 'node' | 'all';
}

export const PLANS: Readonly<Record<Extent, Plan>> = {
  quick: {
    extent: 'quick',
    minutes: 0.5,
    batchRows: 1_000,
    rounds: 1,
    populationMax: 10_000,
    levels: [100, 1_000, 10_000],
    loopSeconds: 0.2,
    loopRounds: 1,
    warmUpSeconds: 0.1,
    connections: [16],
    batchesUnderLoad: 2,
    starts: 1,
    inProcessStarts: 3,
    peers: 'none',
  },
  ordinary: {
    extent: 'ordinary',
    minutes: 10,
    batchRows: 500_000,
    rounds: 3,
    populationMax: 5_000_000,
    levels: [10_000, 100_000, 500_000, 1_000_000, 5_000_000],
    loopSeconds: 1,
    loopRounds: 3,
    warmUpSeconds: 6,
    connections: [1, 16, 64],
    batchesUnderLoad: 6,
    starts: 9,
    inProcessStarts: 15,
    peers: 'node',
  },
  full: {
    extent: 'full',
    minutes: 30,
    batchRows: 500_000,
    rounds: 5,
    populationMax: 10_000_000,
    levels: [10_000, 100_000, 500_000, 1_000_000, 5_000_000, 10_000_000],
    loopSeconds: 2,
    loopRounds: 5,
    warmUpSeconds: 10,
    connections: [1, 16, 64],
    batchesUnderLoad: 12,
    starts: 15,
    inProcessStarts: 30,
    peers: 'all',
  },
};
