/** The whole system under faults: seeds that failed once, a few fixed ones, and one that nobody has tried. */
import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { faultSetSchema } from '../../src/server/index.ts';
import { simulate } from '../../src/sim/simulation/simulate.ts';

const FRESH_SEED = randomInt(2 ** 32);

describe('uploader and emulator hold under faults', () => {
  it.each([
    { seed: 1, why: 'the default' },
    { seed: 2, why: 'another' },
    { seed: FRESH_SEED, why: 'fresh' },
  ])('with seed $seed ($why)', async ({ seed }) => {
    const { failure, tally } = await simulate({ seed, steps: 150 });
    expect(failure, `replay: tpe simulate --seed ${failure?.seed} --steps ${failure?.steps}`).toBeUndefined();
    expect(tally.batches).toBeGreaterThan(10);
  });

  it('where uploads are interrupted, client codes dropped, and every fault fires', async () => {
    const { failure, tally } = await simulate({ seed: 3, steps: 500 });
    expect(failure).toBeUndefined();
    expect(tally.uploads['interrupted']).toBeGreaterThan(0);
    expect(tally.dropped).toBeGreaterThan(0);
    expect(tally.files['processed']).toBeGreaterThan(0);
    expect(tally.files['failed']).toBeGreaterThan(0);
    expect(Object.keys(tally.faults).toSorted()).toEqual(Object.keys(faultSetSchema.shape).toSorted());
  });
});

describe('a simulation', () => {
  it('is the same when it is run again, and another with another seed', async () => {
    const [one, again, other] = [
      await simulate({ seed: 5, steps: 100 }),
      await simulate({ seed: 5, steps: 100 }),
      await simulate({ seed: 6, steps: 100 }),
    ];
    expect(again).toEqual(one);
    expect(other.digest).not.toBe(one.digest);
  });

  it('ends early when it is told to', async () => {
    const { steps } = await simulate({ seed: 1, steps: 500, signal: AbortSignal.abort() });
    expect(steps).toBe(0);
  });
});
