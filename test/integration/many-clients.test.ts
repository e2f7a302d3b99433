/** 200 tests side by side against one emulator, each with a client code of its own, none of them in sight of another. */
import { Readable } from 'node:stream';
import { describe, expect } from 'vitest';
import { createUploader } from '../../src/client/index.ts';
import { emulatorTest } from '../../src/testing/vitest.ts';

const TESTS = 200;

describe.concurrent('each client code', () => {
  for (let number = 1; number <= TESTS; number += 1) {
    emulatorTest(`test ${number} of ${TESTS} uploads its own file and finds that alone`, async ({ client }) => {
      await client.seedProfiles([{ id: { kind: 'thirdPartyId', value: 'C-0' }, attributes: { tier: 'none' } }]);
      const isV1 = number % 2 === 0;
      const { upload } = createUploader({
        client: client.code,
        endpoint: client.url,
        idColumn: 'id',
        api: isV1 ? 'v1' : 'v2',
        // Nothing is waited for but the emulator itself.
        clock: { now: () => 0, sleep: () => client.emulator.drain() },
      });
      const csv = `id,tier\n${Array.from({ length: 5 }, (_, row) => `C-${row},tier ${number}`).join('\n')}\n`;
      const result = await upload({ name: 'crm.csv', open: () => Readable.from([Buffer.from(csv)]) });

      expect(result).toMatchObject({
        kind: 'report',
        state: isV1 ? 'rejected-rows' : 'done',
        total: { submitted: 5, updated: isV1 ? 1 : 5, notFound: isV1 ? 4 : 0, failed: 0 },
      });
      expect(client.batches()).toHaveLength(1);
      expect(client.profile({ kind: 'thirdPartyId', value: 'C-0' })?.attributes).toMatchObject([
        { name: 'tier', value: `tier ${number}` },
      ]);
      expect(client.profile({ kind: 'thirdPartyId', value: 'C-4' }) === undefined).toBe(isV1);
    });
  }
});
