/** Directories of ours: made with what is missing above them, closed to others, and an error where that cannot be. */
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makePrivately } from '../../../src/sqlite/private-paths.ts';

const place = mkdtempSync(join(tmpdir(), 'tpe-private-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('a private directory', () => {
  it('is made with those above it, each for its owner alone', () => {
    makePrivately(join(place, 'a', 'b', 'c'));
    expect(['a', 'a/b', 'a/b/c'].map((path) => modeOf(join(place, path)))).toEqual([0o700, 0o700, 0o700]);
  });

  it('that is there is left as it is, also behind a link', () => {
    const open = join(place, 'open');
    mkdirSync(open, { mode: 0o755 });
    symlinkSync(open, join(place, 'link'));
    makePrivately(open);
    makePrivately(join(place, 'link'));
    expect(modeOf(open)).toBe(0o755);
  });

  it.each(['file', 'file/x', 'dangling', 'dangling/x'])('is an error where %s stands in its way', (path) => {
    writeFileSync(join(place, 'file'), '');
    rmSync(join(place, 'dangling'), { force: true });
    symlinkSync(join(place, 'nowhere'), join(place, 'dangling'));
    expect(() => makePrivately(join(place, path))).toThrow(/EEXIST|ENOTDIR/);
  });

  // The recursion of Node's mkdir never ends here (Linux); elsewhere there is no such root to write to.
  it.each(['/proc/tpe-none', '/proc/tpe-none/x'])(
    'is an error, and no endless loop, where the system has none: %s',
    (path) => {
      expect(() => makePrivately(path)).toThrow(/ENOENT|EACCES|EROFS|EPERM/);
    },
  );
});
