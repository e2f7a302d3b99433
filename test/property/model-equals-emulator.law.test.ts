import { expect } from 'vitest';
import { commandSequence } from '../../src/sim/index.ts';
import { lawUnderEveryReading } from './law.ts';
import { disagreementOf } from './world.ts';

lawUnderEveryReading(
  'v2-override-caveat, mrg-3rd-wins, life-14d, lim-64k-evict: the model equals the emulator after any sequence of commands',
  commandSequence(),
  async (commands, settings) => {
    expect(await disagreementOf(commands, settings)).toBeUndefined();
  },
);
