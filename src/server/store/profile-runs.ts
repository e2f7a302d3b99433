/** Takes rows out of the profile table, where a row may lie behind others that had its place first. */
import type { Database } from 'better-sqlite3';
import type { ProfileHash } from './profile-key.ts';
import { kindOfNumber } from './profile-table.ts';

/**
 * Rows that lie next to each other may have been probed past one another. Deleting one would cut those behind it off
 * from the place their hash names, so its whole run of neighbours is laid out anew.
 */
export function profileRuns(database: Database, hash: ProfileHash) {
  const select = database
    .prepare<[number], [generation: number, kind: number, key: string]>(
      'SELECT generation, kind, key FROM profile WHERE h = ?',
    )
    .raw();
  const remove = database.prepare('DELETE FROM profile WHERE h = ?');
  const move = database.prepare('UPDATE profile SET h = ? WHERE h = ?');

  return {
    /** Clears the rows of a run that are dead, from `start` on; returns the end of the run. */
    clear(start: number, isDead: (h: number, generation: number) => boolean): number {
      let h = start;
      for (;;) {
        const row = select.get(h);
        if (row === undefined) return h - 1;
        const [generation, kind, key] = row;
        if (isDead(h, generation)) remove.run(h);
        else moveForward(h, hash(generation, kindOfNumber(kind)).ofText(key));
        h += 1;
      }
    },
  };

  /** To the first free place from the one its hash names. */
  function moveForward(h: number, home: number): void {
    let free = home;
    while (free < h && select.get(free) !== undefined) free += 1;
    if (free < h) move.run(free, h);
  }
}
