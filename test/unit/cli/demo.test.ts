/** `tpe demo`: what the README promises. */
import { expect, it } from 'vitest';
import { runCommandLine } from '../../../src/cli/command-line.ts';
import { fakeContext } from './fake-context.ts';

it('the demo shows one export through both versions, with the row posted by hand among the outcomes', async () => {
  const context = fakeContext();
  expect(await runCommandLine(['demo'], context)).toBe(0);
  const printed = context.printed();
  expect(printed).toContain('180 profiles existed. The export has 320 rows');
  expect(printed).toMatch(/failed +1 +key-3rd-chars +1 +key-3rd-chars\n/);
  expect(printed).toMatch(/all rows +320 +320\n/);
  expect(printed).toMatch(
    /Profiles that differ now: 139, the first 3 being\n {2}C-\d+\n {4}v1 {2}no profile\n {4}v2 {2}\w+=/,
  );
  // The last line is a command.
  expect(
    printed
      .trimEnd()
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.length > 80),
  ).toEqual([]);
});
