import fc from 'fast-check';
import { expect } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/protocol/vocabulary/index.ts';
import { brokenBatchFile, validBatchFile } from '../../src/sim/index.ts';
import { law } from './law.ts';
import { listedProfiles } from './listed-profiles.ts';
import { withClient } from './world.ts';

law(
  'body-batch-prefix, err-batch-missing, hdr-key-first, hdr-encoded, our-undecodable, our-not-utf8, our-blank-key, key-3rd-len, key-3rd-chars: one thing wrong is refused by its rule, and nothing is half-applied',
  fc.record({
    api: fc.constantFrom('v2' as const, 'v1' as const),
    before: validBatchFile(),
    broken: brokenBatchFile(),
  }),
  async ({ api, before, broken }) => {
    await withClient(DEFAULT_SETTINGS, async (client, { emulator, port }) => {
      await port.submit(client, 'v2', before.bytes);
      await port.apply(client, 'all');
      const profiles = await listedProfiles(client, emulator);
      const submission = await port.submit(client, api, broken.file.bytes);
      await port.apply(client, 'all');
      const batches = await port.batches(client);
      if (broken.row === undefined) {
        expect(submission).toEqual({ kind: 'rejected', rule: broken.rule });
        expect(batches.length).toBe(1);
        expect(await listedProfiles(client, emulator)).toEqual(profiles);
        return;
      }
      const rows = await port.rows(batches.at(-1)!.batchId);
      const failed = rows.filter((row) => row.outcome === 'failed');
      const column = broken.column === 0 ? undefined : broken.column;
      expect(failed).toMatchObject([{ row: broken.row, outcome: 'failed', rule: broken.rule, column }]);
    });
  },
);
