/** One emulator for all tests of a file, or for one test, whatever the runner. */
import { startEmulator, type EmulatorOptions, type RunningEmulator } from '../server/index.ts';
import { testClient, type TestClient } from './test-client.ts';

/** The runner's own functions: `before` and `after` in node:test and mocha, `beforeAll` and `afterAll` in
 * vitest and in Jest, which imports this package with a flag alone: see docs/testing.md. */
export interface RunnerHooks {
  readonly before: (start: () => Promise<void>) => void;
  readonly after: (stop: () => Promise<void>) => void;
}

/**
 * Starts an emulator before the first test and closes it after the last one: by default on a free port and in memory. What it
 * returns gives each test a client code of its own, so that they may run side by side and nothing need be reset.
 *
 * @throws TypeError for what is no pair of hooks; Error from what it returns, where that is called outside of a test; ZodError before the first test for options
 * that do not hold.
 *
 * @example
 * import { after, before, test } from 'node:test';
 *
 * const freshClient = useEmulator({ before, after });
 * test('v2 creates the missing profile', async () => {
 *   const client = freshClient();
 *   await client.submit('batch=thirdPartyId,tier\nC-1,gold\n');
 *   assert.ok(client.profile({ kind: 'thirdPartyId', value: 'C-1' }));
 * });
 */
export function useEmulator(hooks: RunnerHooks, options: EmulatorOptions = {}): () => TestClient {
  assertHooks(hooks);
  const { before, after } = hooks;
  let emulator: RunningEmulator | undefined;
  before(async () => {
    emulator = await startEmulator(options);
  });
  after(async () => {
    await emulator?.close();
    emulator = undefined;
  });
  return () => {
    if (emulator === undefined) throw new Error('The emulator runs between before() and after(): ask within a test.');
    return testClient(emulator);
  };
}

/** Those of vitest and Jest have other names. */
function assertHooks(hooks: unknown): void {
  const given = typeof hooks === 'object' && hooks !== null ? hooks : {};
  const isHook = (name: string) => typeof Reflect.get(given, name) === 'function';
  if (isHook('before') && isHook('after')) return;
  throw new TypeError(
    "useEmulator takes the runner's functions: { before, after }, or { before: beforeAll, after: afterAll } of vitest and Jest.",
  );
}

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
  if (typeof test !== 'function')
    throw new TypeError('withEmulator takes options and the test: withEmulator({}, async (client) => { ... }).');
  const emulator = await startEmulator(options);
  try {
    return await test(testClient(emulator));
  } finally {
    await emulator.close();
  }
}
