/** Draws a set of faults, from none to many at once, each rare enough that uploads still get somewhere. */
import { SINGLE_UPDATES_PER_DAY } from '../../protocol/vocabulary/index.ts';
import type { GivenFaults } from '../../server/index.ts';
import type { Random } from '../../server/runtime/random.ts';

export function drawFaults(random: Random): GivenFaults {
  const share = [0, 0.15, 0.4][random.integer(0, 2)]!;
  const drawn: [keyof GivenFaults, object][] = [];
  for (const [name, settings] of Object.entries(SETTINGS) as [keyof typeof SETTINGS, (random: Random) => object][]) {
    // Drawn for every fault alike, so that one more of them does not change the others.
    const isIn = random.next() < share;
    const given = { probability: [0.1, 0.3, 0.6][random.integer(0, 2)]!, ...settings(random) };
    if (isIn) drawn.push([name, given]);
  }
  return Object.fromEntries(drawn);
}

/** What waits on the clock leaves single updates alone: they are made by hand, between the steps. */
const WHILE_UPLOADING = ['submit', 'status'];

const SETTINGS: { readonly [Name in keyof GivenFaults]-?: (random: Random) => object } = {
  status: (random) => ({ code: [500, 502, 503, 404, 429][random.integer(0, 4)], times: random.integer(1, 8) }),
  callsPerMinute: (random) => ({ probability: 1, usedByOthers: random.integer(40, 49) }),
  refuse: () => ({ probability: 0.1 }),
  cutRequest: (random) => ({ afterBytes: random.integer(0, 60) }),
  stuck: (random) => ({ probability: 0.2, afterRows: random.integer(0, 6) }),
  slowIngestion: (random) => ({ rowsPerStep: random.integer(1, 3), everyMs: random.integer(0, 20_000) }),
  silentLoss: () => ({ share: 0.3 }),
  visibleLoss: () => ({ share: 0.3 }),
  commitThenCut: () => ({}),
  malformedXml: (random) => ({ how: random.next() < 0.5 ? 'truncated' : 'mismatched' }),
  latency: (random) => ({ on: WHILE_UPLOADING, ms: random.integer(1, 20_000), jitterMs: 500 }),
  cutReply: (random) => ({ afterBytes: random.integer(0, 80) }),
  drip: (random) => ({ on: WHILE_UPLOADING, bytes: random.integer(20, 200), everyMs: random.integer(1, 500) }),
  updatesPerDay: (random) => ({ probability: 1, usedByOthers: SINGLE_UPDATES_PER_DAY - random.integer(0, 2) }),
};
