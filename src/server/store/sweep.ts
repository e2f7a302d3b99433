/** Reclaims what dropped client codes left behind, a bounded step at a time. */
import type { Database } from 'better-sqlite3';
import type { ProfileHash } from './profile-key.ts';
import { profileRuns } from './profile-runs.ts';

interface SweepStep {
  readonly more: boolean;
  /** Of the batches that are gone, where there were any. */
  readonly files?: readonly string[];
}

/** Rows looked at, or deleted, in one step. */
export const SWEEP_ROWS_MAX = 2000;
const SWEEP_BATCHES_MAX = 20;

export function sweeper(database: Database, hash: ProfileHash) {
  const selectDropped = database.prepare<[], number>('SELECT generation FROM dropped_generation').pluck();
  const selectBatches = database.prepare<[number, number], { sequence: number; body_name: string | null }>(
    'SELECT sequence, body_name FROM batch WHERE generation = ? ORDER BY sequence LIMIT ?',
  );
  const deletions = ['batch', 'batch_body', 'outcome_slice'].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE sequence = ?`),
  );
  // Both batches of a pair are of one generation.
  deletions.push(database.prepare('DELETE FROM override_tally WHERE by_batch = ?'));
  const selectPlaces = database
    .prepare<[number, number], [h: number, generation: number]>(
      'SELECT h, generation FROM profile WHERE h > ? ORDER BY h LIMIT ?',
    )
    .raw();
  const deleteNames = database.prepare(
    `DELETE FROM attribute_name WHERE generation = ? AND id IN
       (SELECT id FROM attribute_name WHERE generation = ? LIMIT ?)`,
  );
  const deleteSources = database.prepare(
    `DELETE FROM attribute_source WHERE id IN (SELECT id FROM attribute_source WHERE generation = ? LIMIT ?)`,
  );
  const deleteFiles = database
    .prepare<[number, number], string | null>(
      `DELETE FROM attribute_file WHERE sequence IN
         (SELECT sequence FROM attribute_file WHERE generation = ? LIMIT ?) RETURNING body_name`,
    )
    .pluck();
  const deleteDropped = database.prepare('DELETE FROM dropped_generation WHERE generation = ?');
  const runs = profileRuns(database, hash);

  let isDue = true;
  /** The generations of this pass over the profiles, and how far it has come. One dropped meanwhile waits for the next. */
  let pass: { readonly generations: ReadonlySet<number>; after: number } | undefined;

  const sweepBatches = (generation: number): readonly string[] | undefined => {
    const batches = selectBatches.all(generation, SWEEP_BATCHES_MAX);
    if (batches.length === 0) return undefined;
    const files: string[] = [];
    for (const { sequence, body_name } of batches) {
      for (const deletion of deletions) deletion.run(sequence);
      if (body_name !== null) files.push(body_name);
    }
    return files;
  };

  /** True when the whole table has been seen. */
  const sweepProfiles = (current: NonNullable<typeof pass>): boolean => {
    const places = selectPlaces.all(current.after, SWEEP_ROWS_MAX);
    for (const [h, generation] of places) {
      // A run of neighbours that was cleared is behind us, wherever its rows are now.
      if (h <= current.after) continue;
      current.after = current.generations.has(generation)
        ? runs.clear(h, (_, owner) => current.generations.has(owner))
        : h;
    }
    return places.length < SWEEP_ROWS_MAX;
  };

  const step = (): SweepStep => {
    const dropped = selectDropped.all();
    for (const generation of dropped) {
      const files = sweepBatches(generation);
      if (files !== undefined) return { more: true, files };
      const uploaded = deleteFiles.all(generation, SWEEP_ROWS_MAX);
      if (uploaded.length > 0) return { more: true, files: uploaded.filter((name) => name !== null) };
      if (deleteSources.run(generation, SWEEP_ROWS_MAX).changes > 0) return { more: true };
      if (deleteNames.run(generation, generation, SWEEP_ROWS_MAX).changes > 0) return { more: true };
    }
    if (dropped.length === 0) return { more: false };
    pass ??= { generations: new Set(dropped), after: -1 };
    if (!sweepProfiles(pass)) return { more: true };
    for (const generation of pass.generations) deleteDropped.run(generation);
    const more = dropped.some((generation) => !pass!.generations.has(generation));
    pass = undefined;
    return { more };
  };

  return {
    /** One step, within the caller's transaction. Spool files it names may be deleted once that is committed. */
    step(): SweepStep {
      const done = step();
      isDue = done.more;
      return done;
    },
    /** Whether a step may find anything: false once one has found nothing more. */
    isDue: () => isDue,
    /** A client code was dropped. */
    dropped(): void {
      isDue = true;
    },
    /** Starts over, after a rollback. */
    restart(): void {
      isDue = true;
      pass = undefined;
    },
  };
}
