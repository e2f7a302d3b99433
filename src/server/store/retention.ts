/** Keeps the bodies and row outcomes of ended batches under one byte bound, letting the oldest go first. */
import type { Database } from 'better-sqlite3';
import { recordStatements, statements } from './statements.ts';
import { keptColumns } from './batch-columns.ts';
import { type FieldsOf } from './columns.ts';

type Kept = FieldsOf<typeof keptColumns>;
export type EndedBatch = Pick<Kept, 'body' | 'bodyBytes' | 'outcomeBytes'>;

/**
 * `letGo` is told of each spool file that nothing owns any more.
 *
 * Bodies go before outcomes: the four bytes that say what became of a row are worth more than the hundred that it had.
 * Outcomes alone are bounded to a quarter, so that they never crowd out every body.
 */
export function retention(database: Database, bytesMax: number, letGo: (bodyName: string | null) => void) {
  const { prepare, raw } = statements(database);
  const selectKept = raw<[], [bodies: number, outcomes: number]>(
    `SELECT ifnull(sum(iif(body = 'kept', body_bytes, 0)), 0), ifnull(sum(outcome_bytes), 0)
     FROM batch WHERE ended_at IS NOT NULL`,
  );
  const { select } = recordStatements(database, keptColumns, 'FROM batch');
  const selectOne = select('WHERE sequence = ?');
  const oldest = 'ORDER BY ended_at, sequence LIMIT 1';
  const selectOldestBody = select(`WHERE ended_at IS NOT NULL AND body = 'kept' ${oldest}`);
  const selectOldestOutcomes = select(`WHERE ended_at IS NOT NULL AND outcome_bytes > 0 ${oldest}`);
  const markEvicted = prepare("UPDATE batch SET body = 'evicted', body_name = NULL WHERE sequence = ?");
  const deleteBody = prepare('DELETE FROM batch_body WHERE sequence = ?');
  const markNoOutcomes = prepare('UPDATE batch SET outcome_bytes = 0 WHERE sequence = ?');
  const deleteOutcomes = prepare('DELETE FROM outcome_slice WHERE sequence = ?');
  let bodies = 0;
  let outcomes = 0;

  /** Counts anew, after a rollback. */
  const recount = () => {
    [bodies, outcomes] = selectKept.get()!;
  };

  const evictBody = (batch: Kept) => {
    if (batch.body !== 'kept') return;
    markEvicted.run(batch.sequence);
    deleteBody.run(batch.sequence);
    if (batch.endedAt !== undefined) bodies -= batch.bodyBytes;
    letGo(batch.bodyName ?? null);
  };

  const evictOutcomes = (batch: Kept) => {
    markNoOutcomes.run(batch.sequence);
    deleteOutcomes.run(batch.sequence);
    outcomes -= batch.outcomeBytes;
    // Outcomes that are gone leave a mark too: the body's.
    evictBody(batch);
  };

  const evictWhile = (isTooMuch: () => boolean, next: { get(): Kept | undefined }, evict: (batch: Kept) => void) => {
    while (isTooMuch()) {
      const batch = next.get();
      if (batch === undefined) return;
      evict(batch);
    }
  };

  recount();
  return {
    /** Counts an ended batch and lets go what no longer fits. */
    ended(batch: EndedBatch): void {
      if (batch.body === 'kept') bodies += batch.bodyBytes;
      outcomes += batch.outcomeBytes;
      evictWhile(() => outcomes > bytesMax / 4, selectOldestOutcomes, evictOutcomes);
      evictWhile(() => bodies + outcomes > bytesMax, selectOldestBody, evictBody);
    },
    /** Lets go of a batch's body whatever the bound says. */
    release: (sequence: number) => evictBody(selectOne.get(sequence)!),
    recount,
  };
}
