/** Printed commands must mean the same when pasted. */
import { execFileSync, spawnSync } from 'node:child_process';
import { sample, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellWord } from '../../../src/cli/printable.ts';

const isThere = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;

describe('a shell word', () => {
  it('stays as it is where a shell has nothing to say to it', () => {
    expect(shellWord('http://127.0.0.1:8181/a_b-c,d')).toBe('http://127.0.0.1:8181/a_b-c,d');
  });

  it('is quoted where it has a query, a blank or a quote', () => {
    expect(shellWord('http://h/s?batchId=a&x=y')).toBe("'http://h/s?batchId=a&x=y'");
    expect(shellWord("it's")).toBe(String.raw`'it'\''s'`);
    expect(shellWord('')).toBe("''");
  });

  it.each(['sh', 'dash', 'bash'].filter(isThere))('is read by %s as what it was, whatever it was', (shell) => {
    const drawn = sample(string({ unit: 'grapheme', maxLength: 20 }), { numRuns: 100, seed: 7 });
    const texts = [...drawn, ...ODD].filter((text) => !text.includes('\0'));
    const command = `printf '%s\\0' ${texts.map(shellWord).join(' ')}`;
    const read = execFileSync(shell, ['-c', command], { encoding: 'utf8' }).split('\0').slice(0, -1);
    expect(read).toEqual(texts);
  });

  it('shows nothing that a terminal acts on', () => {
    expect(shellWord('src=x\ny')).toBe(String.raw`"$(printf %b 'src=x\0012y')"`);
    expect(shellWord("it's \u001B[2J")).toBe(String.raw`"$(printf %b 'it\0047s\0040\0033\01332J')"`);
  });
});

/** What a shell takes for something else, and what a substitution loses. */
const ODD = [
  'src=x\ny',
  'ends so\n',
  '\n\n',
  '\u00A0',
  'a\u200Bb\\c%d%%\u001B',
  '\t"$HOME"`id`\\',
  '\u00010',
  '\u00018',
  '字\u007F1',
];
