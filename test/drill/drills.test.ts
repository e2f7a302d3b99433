/** The quick part of every drill, on the built command. `npm run drill` runs all of them, long. */
import { expect, it } from 'vitest';
import { DRILLS } from '../../scripts/drill/drills.ts';

const SEED = 20_261_126;

it.each(DRILLS)(
  '$name: $sentence Nothing is lost, and no promise breaks',
  async ({ run, quick }) => {
    const { figures, failures } = await run({ seed: SEED, amount: quick, isOver: () => false, tell: () => {} });
    expect(failures).toEqual([]);
    // Otherwise nothing was shown.
    expect(Object.values(figures).some((figure) => figure > 0)).toBe(true);
  },
  120_000,
);
