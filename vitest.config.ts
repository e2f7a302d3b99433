import { defineConfig } from 'vitest/config';

/** One project a kind of test, cheapest first; `npm test` runs them all. */
const kinds = ['tidy', 'unit', 'property', 'conformance', 'integration', 'simulation', 'store', 'package'] as const;

export default defineConfig({
  test: {
    projects: kinds.map((kind) => ({
      test: { name: kind, include: [`test/${kind}/**/*.test.ts`], testTimeout: 60_000 },
    })),
  },
});
