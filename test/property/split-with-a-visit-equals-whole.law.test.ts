import fc from 'fast-check';
import { expect } from 'vitest';
import { batchFile, fileSpec, validBatchFile } from '../../src/sim/index.ts';
import type { BatchFile, Port } from '../../src/sim/index.ts';
import { lawUnderEveryReading } from './law.ts';
import { idsOf, snapshot } from './snapshot.ts';
import { withClient } from './world.ts';

lawUnderEveryReading(
  'v2-override-caveat, body-dup-keys: a v2 file split in two, with a visit between by everybody who then exists, equals the whole',
  fc.record({ seeds: validBatchFile(), spec: fileSpec(), cut: fc.nat({ max: 6 }) }),
  async ({ seeds, spec, cut }, settings) => {
    const whole = batchFile(spec);
    // Read as a form, a raw `&` ends the file that it stands in, and no other.
    if (settings.body === 'form' && whole.bytes.includes('&'.charCodeAt(0))) return;
    const parts = [spec.rows.slice(0, cut), spec.rows.slice(cut)].map((rows) => batchFile({ ...spec, rows }));
    const results: unknown[] = [];
    for (const files of [[whole], parts]) {
      await withClient(settings, async (client, { port }) => {
        for (const file of [seeds, ...files]) {
          await port.submit(client, 'v2', file.bytes);
          await port.apply(client, 'all');
          await visitEverybody(client, port, [seeds, file]);
        }
        results.push(await snapshot(client, port, [seeds, whole]));
      });
    }
    expect(results[1]).toEqual(results[0]);
  },
  { where: ({ consecutiveV2 }) => consecutiveV2 !== 'replace-record' },
);

async function visitEverybody(client: string, port: Port, files: readonly BatchFile[]): Promise<void> {
  for (const id of idsOf(files)) {
    if ((await port.profile(client, id)) === undefined) continue;
    await port.visit(client, { pcId: undefined, thirdPartyId: undefined, [id.kind]: id.value });
  }
}
