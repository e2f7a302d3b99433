/** Keeps the bodies and row outcomes of ended batches under one byte bound, letting the oldest go first. */
import type { Database } from 'better-sqlite3';
import type { EndedBatch } from './batch-table.ts';

/**
 * Bodies go before outcomes: the four bytes that say what became of a row are worth more than the hundred that it had.
 * Outcomes alone are bounded to a quarter, so that they never crowd out every body.
 */
export function retention(database: Database, bytesMax: number) {
  const selectKept = database
    .prepare<[], [bodies: number, outcomes: number]>(
      `SELECT ifnull(sum(iif(body = 'kept', body_bytes, 0)), 0), ifnull(sum(outcome_bytes), 0)
       FROM batch WHERE ended_at IS NOT NULL`,
    )
    .raw();
  const selectOne = database.prepare<[number], Kept>(`SELECT ${KEPT} FROM batch WHERE sequence = ?`);
  const selectOldestBody = database.prepare<[], Kept>(
    `SELECT ${KEPT} FROM batch WHERE ended_at IS NOT NULL AND body = 'kept' ORDER BY ended_at, sequence LIMIT 1`,
  );
  const selectOldestOutcomes = database.prepare<[], Kept>(
    `SELECT ${KEPT} FROM batch WHERE ended_at IS NOT NULL AND outcome_bytes > 0 ORDER BY ended_at, sequence LIMIT 1`,
  );
  const markEvicted = database.prepare("UPDATE batch SET body = 'evicted', body_name = NULL WHERE sequence = ?");
  const deleteBody = database.prepare('DELETE FROM batch_body WHERE sequence = ?');
  const markNoOutcomes = database.prepare('UPDATE batch SET outcome_bytes = 0 WHERE sequence = ?');
  const deleteOutcomes = database.prepare('DELETE FROM outcome_slice WHERE sequence = ?');
  let bodies = 0;
  let outcomes = 0;

  const isOutcomesFull = () => outcomes > bytesMax / 4;
  const isFull = () => bodies + outcomes > bytesMax;

  /** Counts anew, after a rollback. */
  const recount = () => {
    [bodies, outcomes] = selectKept.get()!;
  };

  const evictBody = (batch: Kept): readonly string[] => {
    if (batch.body !== 'kept') return [];
    markEvicted.run(batch.sequence);
    deleteBody.run(batch.sequence);
    if (batch.ended_at !== null) bodies -= batch.body_bytes;
    return batch.body_name === null ? [] : [batch.body_name];
  };

  const evictOutcomes = (batch: Kept): readonly string[] => {
    markNoOutcomes.run(batch.sequence);
    deleteOutcomes.run(batch.sequence);
    outcomes -= batch.outcome_bytes;
    // Outcomes that are gone leave a mark too: the body's.
    return evictBody(batch);
  };

  recount();
  return {
    /** Counts an ended batch and lets go what no longer fits. Returns spool files to delete once this has been committed. */
    ended(batch: EndedBatch): readonly string[] {
      if (batch.body === 'kept') bodies += batch.body_bytes;
      outcomes += batch.outcome_bytes;
      const files: string[] = [];
      while (isOutcomesFull()) {
        const oldest = selectOldestOutcomes.get();
        if (oldest === undefined) break;
        files.push(...evictOutcomes(oldest));
      }
      while (isFull()) {
        const oldest = selectOldestBody.get();
        if (oldest === undefined) break;
        files.push(...evictBody(oldest));
      }
      return files;
    },
    /** Lets go of a batch's body whatever the bound says. Returns its spool file, likewise. */
    release: (sequence: number) => evictBody(selectOne.get(sequence)!),
    recount,
  };
}

const KEPT = 'sequence, ended_at, body, body_name, body_bytes, outcome_bytes';

interface Kept extends EndedBatch {
  readonly sequence: number;
  readonly ended_at: number | null;
  readonly body_name: string | null;
}
