/** What `target-profile-emulator/testing/vitest` exports: vitest's `test` with an emulator and a client code in hand. */
import { test } from 'vitest';
import { type EmulatorOptions, type RunningEmulator, startEmulator } from '../server/index.ts';
import { testClient, type TestClient } from './test-client.ts';

export interface EmulatorFixtures {
  /** One for the file: on a free port, in memory, started when the first test asks for it. */
  readonly emulator: RunningEmulator;
  /** A client code of its own for each test; dropped after it. */
  readonly client: TestClient;
}

/**
 * `test` with the fixtures `emulator` and `client`, for an emulator with these options.
 *
 * @example
 * const test = emulatorTestWith({ clock: 'virtual', pace: 'realistic' });
 * test('a batch takes its time', async ({ client }) => {
 *   const waiting = await client.submit('batch=thirdPartyId,tier\nC-1,gold\n');
 *   expect(waiting.status).toBe('incomplete');
 *   await client.advance(24 * 60 * 60 * 1000);
 *   expect(client.batches()[0]?.status).toBe('complete');
 * });
 */
export function emulatorTestWith(options: EmulatorOptions) {
  return test.extend<{ $file: Pick<EmulatorFixtures, 'emulator'>; $test: Pick<EmulatorFixtures, 'client'> }>({
    emulator: [
      // vitest reads the names of the fixtures out of this pattern.
      // oxlint-disable-next-line no-empty-pattern
      async ({}, use) => {
        const emulator = await startEmulator(options);
        await use(emulator);
        await emulator.close();
      },
      { scope: 'file' },
    ],
    client: async ({ emulator }, use) => {
      const client = testClient(emulator);
      await use(client);
      await client.drop();
    },
  });
}

/**
 * `test` with an emulator that applies batches at once. Tests may run concurrently.
 *
 * @example
 * import { expect } from 'vitest';
 * import { emulatorTest } from 'target-profile-emulator/testing/vitest';
 *
 * emulatorTest.concurrent('v2 creates the missing profile', async ({ client }) => {
 *   const batch = await client.submit('batch=thirdPartyId,tier\nC-1,gold\n');
 *   expect(batch.createdProfiles).toBe(1);
 * });
 */
export const emulatorTest = emulatorTestWith({});
