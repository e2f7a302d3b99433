/** How reads share one state of the database: each has its own, or all of a turn of the event loop the same. */
import type { Database } from 'better-sqlite3';

export interface ReadView {
  /** Several statements that see one state, whatever the writer commits meanwhile. */
  read<Result>(work: () => Result): Result;
  /** The same for a single statement. */
  readOne<Result>(statement: () => Result): Result;
  /** The writer has answered, or the database is about to be closed: no later read sees the state of earlier ones. */
  renew(): void;
}

/** Each read sees the last commit: for a connection that also writes, or whose writer does not announce its commits. */
export function viewOfEachRead(database: Database): ReadView {
  const atOneTime = database.transaction((work: () => unknown) => work()).deferred;
  return {
    read: <Result>(work: () => Result) => atOneTime(work) as Result,
    readOne: (statement) => statement(),
    renew: () => {},
  };
}

/**
 * The reads of a turn share one transaction, since each of its own would take and give back the lock of the log: system
 * calls, dearer than a small statement. `atEndOfTurn` runs what it is given once, soon, and never within the call: a view
 * held longer would keep the log from being used anew.
 */
export function viewOfTurn(database: Database, atEndOfTurn: (work: () => void) => void): ReadView {
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
  const read = <Result>(work: () => Result): Result => {
    if (!database.inTransaction) {
      begin.run();
      if (!isEndDue) atEndOfTurn(end);
      isEndDue = true;
    }
    return work();
  };
  return { read, readOne: read, renew };
}
