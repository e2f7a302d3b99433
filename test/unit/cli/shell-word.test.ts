/** Printed commands must mean the same when pasted. */
import { execFileSync } from 'node:child_process';
import { sample, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellWord } from '../../../src/cli/printable.ts';

describe('a shell word', () => {
  it('stays as it is where a shell has nothing to say to it', () => {
    expect(shellWord('http://127.0.0.1:8181/a_b-c,d')).toBe('http://127.0.0.1:8181/a_b-c,d');
  });

  it('is quoted where it has a query, a blank or a quote', () => {
    expect(shellWord('http://h/s?batchId=a&x=y')).toBe("'http://h/s?batchId=a&x=y'");
    expect(shellWord("it's")).toBe(String.raw`'it'\''s'`);
    expect(shellWord('')).toBe("''");
  });

  it('is read by a shell as what it was, whatever it was', () => {
    const texts = sample(string({ unit: 'grapheme', maxLength: 20 }), { numRuns: 100, seed: 7 });
    const usable = texts.filter((text) => !text.includes('\0'));
    const command = `printf '%s\\0' ${usable.map(shellWord).join(' ')}`;
    const read = execFileSync('sh', ['-c', command], { encoding: 'utf8' }).split('\0').slice(0, -1);
    expect(read).toEqual(usable);
  });
});
