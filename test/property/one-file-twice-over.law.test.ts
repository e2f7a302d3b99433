import fc from 'fast-check';
import { expect } from 'vitest';
import { validBatchFile } from '../../src/sim/index.ts';
import { lawUnderEveryReading } from './law.ts';
import { snapshot } from './snapshot.ts';
import { withClient } from './world.ts';

lawUnderEveryReading(
  'our-duplicate-ids, v1-merge-keys, v2-upsert: below the 64 KB budget the same batch twice equals once',
  fc.record({ api: fc.constantFrom('v2' as const, 'v1' as const), seeds: validBatchFile(), file: validBatchFile() }),
  async ({ api, seeds, file }, settings) => {
    await withClient(settings, async (client, { port }) => {
      await port.submit(client, 'v2', seeds.bytes);
      await port.submit(client, api, file.bytes);
      await port.apply(client, 'all');
      const once = await snapshot(client, port, [seeds, file]);
      await port.submit(client, api, file.bytes);
      await port.apply(client, 'all');
      expect(await snapshot(client, port, [seeds, file])).toEqual(once);
    });
  },
);
