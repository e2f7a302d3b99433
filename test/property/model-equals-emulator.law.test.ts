import { expect } from 'vitest';
import { attributeSequences, commandSequence } from '../../src/sim/index.ts';
import { lawUnderEveryReading } from './law.ts';
import { interruptedBatches, visitSequences } from './meeting-visitors.ts';
import { disagreementOf } from './world.ts';

lawUnderEveryReading(
  'v2-override-caveat, mrg-3rd-wins, life-14d, lim-64k-evict: the model equals the emulator after any sequence of commands',
  commandSequence(),
  async (commands, settings) => {
    expect(await disagreementOf(commands, settings)).toBeUndefined();
  },
);

lawUnderEveryReading(
  'v2-override-caveat, our-batch-order, st-submit-not-applied: the model equals the emulator when visits and updates come between the slices of a batch',
  interruptedBatches(),
  async (commands, settings) => {
    expect(await disagreementOf(commands, settings)).toBeUndefined();
  },
);

lawUnderEveryReading(
  'mrg-map, mrg-create-tnt, mrg-create-3rd, mrg-3rd-wins, mrg-sticky, key-one-customer-id: the model equals the emulator however visitors and customers meet',
  visitSequences(),
  async (commands, settings) => {
    expect(await disagreementOf(commands, settings)).toBeUndefined();
  },
);

lawUnderEveryReading(
  'ca-creates, ca-match-3rd, ca-match-customerid, ca-preload, ca-subscription, ca-null-removes, ca-columns-equal, ca-header, ca-name-no-dot, ca-types, ca-lifetime, ca-privacy: the model equals the emulator whatever files say of whom, and whoever comes when',
  attributeSequences(),
  async (commands, settings) => {
    expect(await disagreementOf(commands, settings)).toBeUndefined();
  },
);
