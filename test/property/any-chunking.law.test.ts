import fc from 'fast-check';
import { expect } from 'vitest';
import { attributeValue, brokenBatchFile, validBatchFile } from '../../src/sim/index.ts';
import type { BatchFile } from '../../src/sim/index.ts';
import { lawUnderEveryReading } from './law.ts';
import { snapshot } from './snapshot.ts';
import { withClient } from './world.ts';
import type { World } from './world.ts';

const files = fc.oneof(
  {
    weight: 2,
    arbitrary: validBatchFile({ values: fc.oneof(attributeValue(), fc.constantFrom('a&b', 'c+d', 'e,f')) }),
  },
  { weight: 1, arbitrary: brokenBatchFile().map((broken) => broken.file) },
);

lawUnderEveryReading(
  'body-chunked, body-lf, our-line-ends: however the bytes arrive, the file is judged and applied alike',
  fc.record({ file: files, cuts: fc.array(fc.nat({ max: 120 }), { maxLength: 8 }) }),
  async ({ file, cuts }, settings) => {
    const results: unknown[] = [];
    for (const chunks of [[file.bytes], cutAt(file.bytes, cuts)]) {
      await withClient(settings, async (client, world) => {
        const cause = await submitInChunks(client, world, chunks);
        await world.port.apply(client, 'all');
        const batches = await world.port.batches(client);
        const notes = batches.map(({ diagnostics }) =>
          Object.fromEntries(diagnostics.map(({ rule, count }) => [rule, count])),
        );
        const rows = await Promise.all(batches.map(({ batchId }) => world.port.rows(batchId)));
        results.push([cause, notes, rows, await snapshot(client, world.port, [file])]);
      });
    }
    expect(results[1]).toEqual(results[0]);
  },
);

async function submitInChunks(
  client: string,
  { emulator }: World,
  chunks: readonly Uint8Array[],
): Promise<string | null> {
  const body = new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const init: RequestInit = { method: 'POST', body, duplex: 'half' };
  const response = await emulator.fetch(new Request(`http://localhost/m2/${client}/v2/profile/batchUpdate`, init));
  await response.text();
  return response.headers.get('x-emulator-cause');
}

function cutAt(bytes: BatchFile['bytes'], cuts: readonly number[]): readonly Uint8Array[] {
  const places = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((place, index) => bytes.slice(places[index], place));
}
