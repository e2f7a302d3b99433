/** Text from outside must not command a terminal. */
import { describe, expect, it } from 'vitest';
import { printable, shortened } from '../../../src/cli/printable.ts';

describe('printable text', () => {
  it('keeps every script', () => {
    expect(printable('Zoë 山田 🐈')).toBe('Zoë 山田 🐈');
  });

  it('shows control characters and direction marks instead of obeying them', () => {
    expect(printable('a\u001B[2Jb\nc\u202Ed')).toBe('a\\u{1b}[2Jb\\u{a}c\\u{202e}d');
  });

  it('is cut between characters, and says so', () => {
    expect(shortened('🐈🐈🐈🐈', 3)).toBe('🐈🐈…');
    expect(shortened('abc', 3)).toBe('abc');
  });
});
