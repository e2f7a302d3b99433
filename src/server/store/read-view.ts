/** How reads share one state of the database: what the writer's own connection has, or all of a turn of the event loop the same. */
import type { Database } from 'better-sqlite3';

export interface ReadView {
  /** Statements that see one state, whatever the writer commits meanwhile. */
  read<Result>(work: () => Result): Result;
  /** The writer has answered, or the database is about to be closed: no later read sees the state of earlier ones. */
  renew(): void;
}

/** On the writer's own connection, where nothing is written within a read. `onNewState` forgets what was read before. */
export const viewOfWriter = (onNewState: () => void): ReadView => ({ read: (work) => work(), renew: onNewState });

/**
 * The reads of a turn share one transaction, since each of its own would take and give back the lock of the log: system
 * calls, dearer than a small statement. `atEndOfTurn` runs what it is given once, soon, and never within the call: a view
 * held longer would keep the log from being used anew.
 */
export function viewOfTurn(
  database: Database,
  onNewState: () => void,
  atEndOfTurn: (work: () => void) => void,
): ReadView {
  const begin = database.prepare('BEGIN');
  const commit = database.prepare('COMMIT');
  let isEndDue = false;

  // Asked of SQLite itself, which gives a transaction up at some errors.
  const renew = () => {
    if (database.inTransaction) commit.run();
  };
  const end = () => {
    isEndDue = false;
    renew();
  };
  return {
    read(work) {
      if (!database.inTransaction) {
        begin.run();
        onNewState();
        if (!isEndDue) atEndOfTurn(end);
        isEndDue = true;
      }
      return work();
    },
    renew,
  };
}
