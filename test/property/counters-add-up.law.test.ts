import fc from 'fast-check';
import { expect } from 'vitest';
import { brokenBatchFile, validBatchFile } from '../../src/sim/index.ts';
import { lawUnderEveryReading } from './law.ts';
import { SLICE_ROWS, withClient } from './world.ts';

const file = fc.oneof(
  validBatchFile({ rowsMax: 12 }),
  brokenBatchFile().map((broken) => broken.file),
);

lawUnderEveryReading(
  'cnt-sum, cnt-consumed, cnt-batchsize: updated + not found + failed + ignored = consumed in every state, and = batchSize when complete',
  fc.array(fc.record({ api: fc.constantFrom('v2' as const, 'v1' as const), file }), { minLength: 1, maxLength: 3 }),
  async (submissions, settings) => {
    await withClient(settings, async (client, { emulator, port }) => {
      for (const submission of submissions) await port.submit(client, submission.api, submission.file.bytes);
      let consumed = -1;
      for (let slice = 0; slice < (3 * 12) / SLICE_ROWS + 3; slice += 1) {
        const batches = emulator.batches(client);
        for (const batch of batches) {
          const { successfulUpdates, profilesNotFound, failedUpdates, ignoredRows, consumedCount, batchSize } = batch;
          expect(successfulUpdates + profilesNotFound + failedUpdates + ignoredRows).toBe(consumedCount);
          expect(consumedCount).toBeLessThanOrEqual(batchSize);
          if (batch.status === 'complete') expect(consumedCount).toBe(batchSize);
        }
        const sum = batches.reduce((total, batch) => total + batch.consumedCount, 0);
        expect(sum).toBeGreaterThanOrEqual(consumed);
        consumed = sum;
        await port.apply(client, 'slice');
      }
      for (const batch of emulator.batches(client)) expect(batch.status).toBe('complete');
    });
  },
);
