import type { Arbitrary } from 'fast-check';
import { expect } from 'vitest';
import { commandSequence, disagreement } from '../../src/sim/index.ts';
import { interruptedBatches } from './meeting-visitors.ts';
import type { Command, Model } from '../../src/sim/index.ts';
import type { BatchRecord } from '../../src/server/index.ts';
import { lawUnderEveryReading } from './law.ts';
import { modelOf, withClient } from './world.ts';

const MIXTURES: readonly (readonly [string, Arbitrary<readonly Command[]>])[] = [
  ['where batches, visits and updates of two visitors come between each other', interruptedBatches()],
  ['after any sequence of commands', commandSequence()],
];

for (const [where, commands] of MIXTURES) {
  lawUnderEveryReading(
    `v2-override-caveat: the lost-update alarm names exactly the batches, rows and attributes that the model took away, ${where}`,
    commands,
    async (sequence, settings) => {
      await withClient(settings, async (client, world) => {
        const model = modelOf(world);
        expect(await disagreement(sequence, { client, settings, system: world.port, model })).toBeUndefined();
        const batchIds = (await model.batches(client)).map(({ batchId }) => batchId);
        const batches = world.emulator.batches(client).toReversed();
        expect(batches.map(({ batchId }) => batchId)).toEqual(batchIds);
        for (const batch of batches) {
          expect(alarmsOf(batch)).toEqual(expectedAlarms(batch.batchId, batchIds, model.model));
        }
      });
    },
  );
}

/** `batch lost this attribute of this row to that row of by`, a line each. */
function alarmsOf({ overrides }: BatchRecord): readonly string[] {
  return overrides
    .flatMap(({ batch, by, count, first }) => {
      // Few enough rows and attributes that each is named.
      expect(first).toHaveLength(count);
      return first.flatMap(({ row, id, attributes }) =>
        attributes.map((attribute) =>
          line({ batch, row: attribute.row, name: attribute.name }, { by, byRow: row, id }),
        ),
      );
    })
    .toSorted();
}

/** The same of the model, seen from a batch: what it took away, and what was taken from it. */
function expectedAlarms(batchId: string, batchIds: readonly string[], model: Model): readonly string[] {
  return batchIds
    .flatMap((by) => {
      const { results, ids } = model.status(by)!;
      return Array.from(results, ([byRow, { overridden }]) =>
        overridden
          .filter(({ batch }) => batch === batchId || by === batchId)
          .map((lost) => line(lost, { by, byRow, id: ids[byRow - 1]! })),
      ).flat();
    })
    .toSorted();
}

function line(
  lost: { readonly batch: string | undefined; readonly row: number; readonly name: string },
  winner: { readonly by: string; readonly byRow: number; readonly id: string },
): string {
  return JSON.stringify([lost.batch, lost.row, lost.name, winner.by, winner.byRow, winner.id]);
}
