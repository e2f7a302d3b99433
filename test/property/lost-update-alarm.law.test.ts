import type { Arbitrary } from 'fast-check';
import { expect } from 'vitest';
import type { VisitorId } from '../../src/protocol/vocabulary/index.ts';
import { commandSequence, createModel, interruptedBatches } from '../../src/sim/index.ts';
import type { AppliedRows, AttributeValue, Command, Model } from '../../src/sim/index.ts';
import type { BatchRecord } from '../../src/server/index.ts';
import { lawUnderEveryReading } from './law.ts';
import { type World, withClient } from './world.ts';

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
        const model = createModel(world.defaults);
        model.writeSettings(client, settings);
        const batchIds = await applied(client, sequence, world, model);
        const batches = new Map(world.emulator.batches(client).map((batch) => [batch.batchId as string, batch]));
        for (const batchId of batchIds) {
          expect(alarmsOf(batches.get(batchId)!)).toEqual(expectedAlarms(batchId, batchIds, model));
        }
      });
    },
  );
}

/** Both systems through the same commands, under the same batch ids; those that are left at the end. */
async function applied(client: string, sequence: readonly Command[], { port, emulator }: World, model: Model) {
  let batchIds: string[] = [];
  let isAmidPcIds = false;
  const follow = (rowsByBatch: readonly AppliedRows[]) => {
    for (const { batchId, rows } of rowsByBatch) model.applyRows(batchId, rows, port.now());
  };
  const write = async (kind: 'update' | 'seed', id: VisitorId, values: readonly AttributeValue[]) => {
    await port[kind](client, id, values);
    model[kind](client, id, values, port.now());
  };
  for (const command of sequence) {
    switch (command.kind) {
      case 'submit': {
        const { api, file } = command;
        const submission = await port.submit(client, api, file.bytes);
        if (submission.kind === 'rejected') break;
        batchIds.push(submission.batchId);
        expect(model.submit(client, api, file.bytes, submission.batchId).kind).toBe('accepted');
        break;
      }
      case 'apply': {
        const rows = await port.apply(client, command.amount);
        isAmidPcIds = rows.some(({ batchId }) => model.status(batchId)?.idKind === 'pcId');
        follow(rows);
        break;
      }
      case 'visit': {
        // Two pcIds that become one visitor in the middle of a batch: which of their rows goes first is not said.
        if (isAmidPcIds && command.ids.thirdPartyId !== undefined) follow(await port.apply(client, 'all'));
        const { pcId } = await port.visit(client, command.ids);
        model.visit(client, { ...command.ids, newPcId: pcId }, port.now());
        break;
      }
      case 'update':
      case 'seed':
        await write(command.kind, command.id, command.values);
        break;
      case 'settings':
        await port.writeSettings(client, command.settings);
        model.writeSettings(client, command.settings);
        break;
      case 'advance':
        port.advance(command.ms);
        break;
      case 'drop':
        await port.dropClient(client);
        model.dropClient(client);
        batchIds = [];
        break;
      case 'fetch':
        break;
    }
  }
  follow(await port.apply(client, 'all'));
  expect(emulator.batches(client)).toHaveLength(batchIds.length);
  return batchIds;
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
