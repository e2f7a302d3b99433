/** One emulator a test, many times in one process, its output to a pipe: no environment is torn down under a statement. */
import { expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

it('passes as a file of node:test, on the Node that runs this', { timeout: 180_000 }, async () => {
  const file = 'test/package/four-hundred-emulators.mjs';
  const { code, stdout, stderr } = await runCommand(process.execPath, ['--test', '--test-reporter=tap', file]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^# pass 400$/m);
});
