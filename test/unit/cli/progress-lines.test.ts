/** Lines of progress that say no more than is known. */
import { expect, it } from 'vitest';
import { lineOf } from '../../../src/cli/progress-display.ts';

it.each([
  [{ kind: 'status', part: 1, status: 'incomplete', consumed: 2, rows: 5 }, 'part 1: incomplete, 2 of 5 rows applied'],
  [{ kind: 'status', part: 1, status: 'complete', consumed: undefined, rows: 5 }, 'part 1: complete'],
  [{ kind: 'status', part: 1, status: 'unknown', consumed: undefined, rows: 0 }, 'part 1: its status is not known'],
  [{ kind: 'verifying', fetched: 1, of: 1 }, 'fetched 1 profile'],
  [{ kind: 'verifying', fetched: 2, of: 2 }, 'fetched 2 profiles'],
  [{ kind: 'verifying', fetched: 1, of: 2 }, undefined],
  [
    { kind: 'held-up', job: 'J', sharedIds: 3 },
    'waiting for job J, which is writing 3 of these ids (v2-override-caveat)',
  ],
] as const)('%j', (progress, line) => {
  expect(lineOf(progress, 1)).toBe(line);
});
