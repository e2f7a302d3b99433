/** Opens the journal: in the data directory, in a file beside the database, or in memory with a smaller bound. */
import { connect } from './connect.ts';
import { dataDirectory } from './data-directory.ts';
import { JOURNAL_SCHEMA, type JournalBounds, sqliteJournal } from './journal.ts';
import type { Journal } from './journal-entries.ts';
import { createPrivately } from './open-database.ts';
import { eachBy, guarded } from './storage-error.ts';

const FILE_BOUNDS: JournalBounds = { entriesMax: 200_000, bytesMax: 128 * 1024 * 1024 };
const MEMORY_BOUNDS: JournalBounds = { entriesMax: 20_000, bytesMax: 16 * 1024 * 1024 };

/** A directory must have been opened by its writer before: that locks and creates it. */
export function openJournal(directory: string | undefined, bounds?: JournalBounds): Journal {
  if (directory === undefined) return opened(':memory:', bounds ?? MEMORY_BOUNDS);
  const path = dataDirectory(directory).journal;
  const journal = guarded(directory, () => {
    createPrivately(path);
    return opened(path, bounds ?? FILE_BOUNDS);
  });
  return eachBy((work) => guarded(directory, work), { ...journal });
}

/**
 * An entry survives the death of the process, unless it dies within the turn of the event loop that made the entry. No
 * fsync is promised.
 */
function opened(path: string, bounds: JournalBounds): Journal {
  const database = connect(path);
  try {
    if (path !== ':memory:') {
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      // Entries are only appended: a checkpoint writes each page once, however rare it is.
      database.pragma('wal_autocheckpoint = 4000');
    }
    database.exec(JOURNAL_SCHEMA);
    return sqliteJournal(database, bounds, setImmediate);
  } catch (error) {
    database.close();
    throw error;
  }
}
