import fc from 'fast-check';
import { expect } from 'vitest';
import { validBatchFile } from '../../src/sim/index.ts';
import { lawUnderEveryReading } from './law.ts';
import { listedProfiles } from './listed-profiles.ts';
import { withClient } from './world.ts';

const files = fc.record({ seeds: validBatchFile(), file: validBatchFile() });

lawUnderEveryReading(
  'v1-update-only, v1-notfound-count: v1 never creates a profile',
  files,
  async ({ seeds, file }, settings) => {
    await withClient(settings, async (client, { emulator, port }) => {
      await port.submit(client, 'v2', seeds.bytes);
      await port.apply(client, 'all');
      const before = await listedProfiles(client, emulator);
      const submission = await port.submit(client, 'v1', file.bytes);
      await port.apply(client, 'all');
      expect(await listedProfiles(client, emulator)).toEqual(before);
      if (submission.kind === 'rejected') return;
      expect(emulator.batches(client).at(0)?.createdProfiles).toBe(0);
    });
  },
);

lawUnderEveryReading(
  'v2-upsert, v2-notfound-zero: v2 creates exactly the missing profiles',
  files,
  async ({ seeds, file }, settings) => {
    await withClient(settings, async (client, { emulator, port }) => {
      await port.submit(client, 'v2', seeds.bytes);
      await port.apply(client, 'all');
      const before = await listedProfiles(client, emulator);
      if ((await port.submit(client, 'v2', file.bytes)).kind === 'rejected') return;
      await port.apply(client, 'all');
      const batch = emulator.batches(client).at(0);
      const after = await listedProfiles(client, emulator);
      expect(batch?.profilesNotFound).toBe(0);
      expect(after).toEqual(expect.arrayContaining([...before]));
      expect(batch?.createdProfiles).toBe(after.length - before.length);
    });
  },
);
