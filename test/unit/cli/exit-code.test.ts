/** The exit codes of section 10 of the architecture, and their precedence. */
import { describe, expect, it } from 'vitest';
import { EXIT_CODES, EXIT_MEANINGS, exitCode, type ExitReason } from '../../../src/cli/problem.ts';

describe('exit codes', () => {
  it('are the pinned ones', () => {
    expect(Object.values(EXIT_CODES)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 130]);
    expect(Object.keys(EXIT_MEANINGS)).toEqual(Object.keys(EXIT_CODES));
  });

  it('are 0 when nothing applies', () => {
    expect(exitCode()).toBe(0);
    expect(exitCode('done', 'done')).toBe(0);
  });

  it('are those of the strongest reason when several apply: 130, then 1, 7, 6, 5, 4', () => {
    const weakestFirst: readonly ExitReason[] = [
      'done',
      'rowsRejected',
      'temporary',
      'stuck',
      'refused',
      'bug',
      'interrupted',
    ];
    const winners = weakestFirst.map((_, index) => exitCode(...weakestFirst.slice(0, index + 1)));
    expect(winners).toEqual([0, 4, 5, 6, 7, 1, 130]);
  });
});
