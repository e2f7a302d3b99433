/** Reclaims what dropped client codes left behind, a bounded step at a time. */
import type { Database } from 'better-sqlite3';
import { statements } from './statements.ts';
import type { ProfileTable } from './profile-table.ts';

/** Rows looked at, or deleted, in one step. */
export const SWEEP_ROWS_MAX = 2000;
const SWEEP_BATCHES_MAX = 20;

/** `letGo` is told of each spool file that nothing owns any more, `onBatchesGone` that there are fewer batches. */
export function sweeper(
  database: Database,
  profiles: ProfileTable,
  letGo: (bodyName: string | null) => void,
  onBatchesGone: () => void,
) {
  const { prepare, pluck, raw } = statements(database);
  const selectDropped = pluck<[], number>('SELECT generation FROM dropped_generation');
  const selectBatches = raw<[number, number], [sequence: number, bodyName: string | null]>(
    'SELECT sequence, body_name FROM batch WHERE generation = ? ORDER BY sequence LIMIT ?',
  );
  // Both batches of an override are of one generation.
  const deletions = ['batch', 'batch_body', 'outcome_slice', 'override_tally'].map((table) =>
    prepare(`DELETE FROM ${table} WHERE ${table === 'override_tally' ? 'by_batch' : 'sequence'} = ?`),
  );
  const selectPlaces = raw<[number, number], [h: number, generation: number]>(
    'SELECT h, generation FROM profile WHERE h > ? ORDER BY h LIMIT ?',
  );
  /** Of a dropped generation, so many rows at a time. */
  const deleteSome = (table: string, key: string, returned: string) =>
    pluck<[number, number, number], string | null>(
      `DELETE FROM ${table} WHERE generation = ? AND ${key} IN
         (SELECT ${key} FROM ${table} WHERE generation = ? LIMIT ?) RETURNING ${returned}`,
    );
  const deleteFiles = deleteSome('attribute_file', 'sequence', 'body_name');
  const others = [deleteSome('attribute_source', 'id', 'NULL'), deleteSome('attribute_name', 'id', 'NULL')];
  const deleteDropped = prepare('DELETE FROM dropped_generation WHERE generation = ?');

  let isDue = true;
  /** The generations of this pass over the profiles, and how far it has come. One dropped meanwhile waits for the next. */
  let pass: { readonly generations: ReadonlySet<number>; after: number } | undefined;

  /** What follows tells whether there was any. */
  const sweepBatches = (generation: number): boolean => {
    const batches = selectBatches.all(generation, SWEEP_BATCHES_MAX);
    for (const [sequence, bodyName] of batches) {
      for (const deletion of deletions) deletion.run(sequence);
      letGo(bodyName);
    }
    if (batches.length > 0) onBatchesGone();
    return batches.length > 0;
  };

  const sweepFiles = (generation: number): boolean => {
    const bodyNames = deleteFiles.all(generation, generation, SWEEP_ROWS_MAX);
    bodyNames.forEach(letGo);
    return bodyNames.length > 0;
  };

  const sweepOthers = (generation: number): boolean =>
    others.some((deletion) => deletion.all(generation, generation, SWEEP_ROWS_MAX).length > 0);

  /** True when the whole table has been seen. */
  const sweepProfiles = (current: NonNullable<typeof pass>): boolean => {
    const places = selectPlaces.all(current.after, SWEEP_ROWS_MAX);
    for (const [h, generation] of places) {
      // A run of neighbours that was cleared is behind us, wherever its rows are now.
      if (h <= current.after) continue;
      current.after = current.generations.has(generation)
        ? profiles.clear(h, (_, owner) => current.generations.has(owner))
        : h;
    }
    return places.length < SWEEP_ROWS_MAX;
  };

  const step = (): boolean => {
    const dropped = selectDropped.all();
    if (dropped.length === 0) return false;
    if (dropped.some((each) => sweepBatches(each) || sweepFiles(each) || sweepOthers(each))) return true;
    pass ??= { generations: new Set(dropped), after: -1 };
    if (!sweepProfiles(pass)) return true;
    const { generations } = pass;
    for (const generation of generations) deleteDropped.run(generation);
    pass = undefined;
    return dropped.some((generation) => !generations.has(generation));
  };

  return {
    /** One step, within the caller's transaction; true when there is more. */
    step(): boolean {
      isDue = step();
      return isDue;
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
