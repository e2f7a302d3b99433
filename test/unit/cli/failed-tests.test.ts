import { expect, it } from 'vitest';
import { failedTests } from '../../../src/cli/flip/flip-all.ts';

it.each([
  [
    'vitest',
    '\u001B[2m      Tests \u001B[22m \u001B[1m\u001B[31m2 failed\u001B[39m\u001B[22m | 3 passed (5)\n  Duration 1 s\n',
    2,
  ],
  ['jest', 'Test Suites: 1 failed, 1 total\nTests:       3 failed, 1 skipped, 2 passed, 6 total\n', 3],
  ['node:test', 'ℹ pass 2\nℹ fail 1\nℹ cancelled 0\n', 1],
  ['TAP', '# pass 2\n# fail 0\n', 0],
  ['pytest', '=========== 2 failed, 3 passed in 0.12s ===========\n', 2],
  ['mocha', '  3 passing (4ms)\n  2 failing\n', 2],
  ['RSpec', '5 examples, 2 failures\n', 2],
  ['minitest', '5 runs, 9 assertions, 1 failures, 0 errors, 0 skips\n', 1],
  ['nobody we know', 'all well\n', undefined],
] as const)('%s is read by the line it closes with', (_, output, count) => {
  expect(failedTests(output)).toBe(count);
});
