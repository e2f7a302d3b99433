/** Patterns of paths: against a slow and plain reading, and against patterns that would take for ever. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pathFits } from '../../../../src/server/store/path-pattern.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '.', '['), maxLength: 12 });

/** Every way to read each star. */
function fitsSlowly(pattern: string, path: string): boolean {
  if (pattern === '') return path === '';
  const rest = pattern.slice(1);
  if (pattern[0] !== '*') return path[0] === pattern[0] && fitsSlowly(rest, path.slice(1));
  for (let length = 0; length <= path.length; length += 1) {
    if (path.slice(0, length).includes('/')) return false;
    if (fitsSlowly(rest, path.slice(length))) return true;
  }
  return false;
}

describe('a pattern', () => {
  it('fits what it says: any two texts', () => {
    fc.assert(
      fc.property(text, text, (pattern, path) => {
        expect(pathFits(pattern)(path)).toBe(fitsSlowly(pattern, path));
      }),
      { numRuns: 2_000 },
    );
  });

  it('of a thousand stars is no more work than one', () => {
    const fits = pathFits(`/${'*a'.repeat(1_000)}b`);
    const path = `/${'a'.repeat(2_000)}`;
    for (let count = 0; count < 1_000; count += 1) expect(fits(path)).toBe(false);
    expect(fits(`${path}b`)).toBe(true);
  });
});
