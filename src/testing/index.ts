/** What `target-profile-emulator/testing` exports: emulators for tests of any runner. Fixtures: `/testing/vitest`. */
export { testClient } from './test-client.ts';
export type { TestClient } from './test-client.ts';
export { useEmulator } from './use-emulator.ts';
export type { RunnerHooks } from './use-emulator.ts';
export { withEmulator } from './with-emulator.ts';
