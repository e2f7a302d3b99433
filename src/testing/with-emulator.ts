/** An emulator for one test of any runner. */
import { startEmulator } from '../server/index.ts';
import type { EmulatorOptions } from '../server/index.ts';
import { testClient, type TestClient } from './test-client.ts';

/**
 * Starts an emulator on a free port, in memory, runs `test` with a fresh client code of it, and closes it whatever happens.
 *
 * @throws whatever `test` throws; TypeError where there is none; ZodError for options that do not hold.
 *
 * @example
 * test('uploads', () => withEmulator({ clock: 'virtual' }, async ({ url, code, advance }) => {
 *   await upload({ endpoint: url, client: code });
 *   await advance(24 * 60 * 60 * 1000);
 * }));
 */
export async function withEmulator<Result>(
  options: EmulatorOptions,
  test: (client: TestClient) => Promise<Result>,
): Promise<Result> {
  if (typeof test !== 'function') {
    throw new TypeError('withEmulator takes options and the test: withEmulator({}, async (client) => { ... }).');
  }
  const emulator = await startEmulator(options);
  try {
    return await test(testClient(emulator));
  } finally {
    await emulator.close();
  }
}
