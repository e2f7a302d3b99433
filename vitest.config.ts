import { defineConfig } from 'vitest/config';

/** One project a kind of test, cheapest first; `npm test` runs them all. */
const kinds = [
  'tidy',
  'unit',
  'property',
  'conformance',
  'integration',
  'simulation',
  'store',
  'console',
  'package',
  'drill',
] as const;

export default defineConfig({
  test: {
    // Vitest leaves a core to itself, which on two cores is half of them.
    maxWorkers: '100%',
    projects: kinds.map((kind) => ({
      test: {
        name: kind,
        include: [`test/${kind}/**/*.test.ts`],
        testTimeout: 60_000,
        // What a page shows is asked again until it shows it: the machine may be busy.
        expect: { poll: { timeout: 20_000 } },
      },
    })),
  },
});
