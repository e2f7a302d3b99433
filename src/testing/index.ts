/** What `target-profile-emulator/testing` exports: emulators for tests of any runner. Fixtures: `/testing/vitest`. */
export { type TestClient, testClient } from './test-client.ts';
export * from './use-emulator.ts';
