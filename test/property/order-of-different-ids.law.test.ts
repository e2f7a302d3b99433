import fc from 'fast-check';
import { expect } from 'vitest';
import { batchFile, fileSpec, validBatchFile } from '../../src/sim/index.ts';
import type { FileSpec } from '../../src/sim/index.ts';
import { lawUnderEveryReading } from './law.ts';
import { snapshot } from './snapshot.ts';
import { withClient } from './world.ts';

lawUnderEveryReading(
  'our-duplicate-ids, body-dup-keys: the order of rows of different ids does not matter',
  fc.record({
    api: fc.constantFrom('v2' as const, 'v1' as const),
    seeds: validBatchFile(),
    // A form reading would cut values at an encoded comma or line break into rows of their own.
    spec: fileSpec({
      ids: fc.constantFrom('u1', 'u2', 'u3', '1', '1.28_20', '2', '漢', '', 'x'.repeat(257)),
      values: fc.constantFrom('1', '2', '', 'null', 'x y', '漢'),
    }),
    order: fc.infiniteStream(fc.nat({ max: 99 })),
  }),
  async ({ api, seeds, spec, order }, settings) => {
    const priorities = new Map<string, number>();
    for (const row of spec.rows) {
      const person = sameVisitor(row.id.text);
      if (!priorities.has(person)) priorities.set(person, order.next().value as number);
    }
    const priority = (row: FileSpec['rows'][number]) => priorities.get(sameVisitor(row.id.text))!;
    const reordered = { ...spec, rows: spec.rows.toSorted((one, other) => priority(one) - priority(other)) };
    const results: unknown[] = [];
    for (const file of [batchFile(spec), batchFile(reordered)]) {
      await withClient(settings, async (client, { emulator, port }) => {
        await port.submit(client, 'v2', seeds.bytes);
        await port.submit(client, api, file.bytes);
        await port.apply(client, 'all');
        const batch = emulator.batches(client).at(0);
        const counters = batch && [
          batch.successfulUpdates,
          batch.profilesNotFound,
          batch.failedUpdates,
          batch.ignoredRows,
        ];
        results.push([counters, await snapshot(client, port, [seeds, batchFile(spec)])]);
      });
    }
    expect(results[1]).toEqual(results[0]);
  },
);

/** our-location-hint: ids that may be one profile keep their order. */
function sameVisitor(id: string): string {
  return id.replace(/\.\d+(_\d+)?$/, '');
}
