import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from '../../../scripts/mutant-list.ts';

describe('the list of mutants', () => {
  it("breaks one place each, in today's sources", () => {
    const misplaced = MUTANTS.filter(({ file, find, replace }) => {
      const places = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8').split(find).length - 1;
      return places !== 1 || find === replace;
    });
    expect(misplaced).toEqual([]);
    expect(MUTANTS.length).toBeGreaterThanOrEqual(25);
  });
});
