/** Opens the journal: in the data directory, in a file beside the database, or in memory with a smaller bound. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { connect, madeOf } from './connect.ts';
import { dataDirectory } from './data-directory.ts';
import { JOURNAL_SCHEMA, type JournalBounds, sqliteJournal } from './journal.ts';
import type { Journal } from './journal-entries.ts';
import { memoryJournal } from './memory-journal.ts';
import { createPrivately } from '../../sqlite/private-paths.ts';
import { eachBy, guarded, storageError } from './storage-error.ts';

const FILE_BOUNDS: JournalBounds = { entriesMax: 200_000, bytesMax: 128 * 1024 * 1024 };
const MEMORY_BOUNDS: JournalBounds = { entriesMax: 20_000, bytesMax: 16 * 1024 * 1024 };

/** Signed otherwise than the data's own database. */
const JOURNAL_APPLICATION_ID = 0x5450456a;

export interface JournalOptions {
  readonly bounds?: JournalBounds | undefined;
  /** Told of each failure to write, and with `undefined` of each success. */
  readonly onWritten?: ((failure: unknown) => void) | undefined;
}

/**
 * A directory must have been opened by its writer before: that locks and creates it. A journal that is damaged, or not
 * ours, is left as it is, and the entries are kept in memory: what it held nobody knows, so that it counts as evicted.
 */
export function openJournal(directory: string | undefined, { bounds, onWritten }: JournalOptions = {}): Journal {
  if (directory === undefined) return memoryJournal(bounds ?? MEMORY_BOUNDS);
  const path = dataDirectory(directory).journal;
  const tell = (failure: unknown) => onWritten?.(failure && storageError(path, failure));
  try {
    refuseForeign(path);
    createPrivately(path);
    return eachBy((work) => guarded(path, work), { ...opened(path, bounds ?? FILE_BOUNDS, tell) });
  } catch (error) {
    tell(error);
    return memoryJournal(bounds ?? MEMORY_BOUNDS, 1);
  }
}

function refuseForeign(path: string): void {
  if (!existsSync(path) || isOurs(path)) return;
  throw new EmulatorError(
    'database-unusable',
    `${path} is no journal of ours, or damaged: it is left as it is, and entries are kept in memory. Move it away.`,
  );
}

/** Empty, or signed as a journal: without writing to it, and without opening it where its first page already tells. */
function isOurs(path: string): boolean {
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(path, 'r');
  try {
    if (readSync(file, head) === 0) return true;
  } finally {
    closeSync(file);
  }
  if (head.toString('latin1', 0, MAGIC.length) !== MAGIC) return false;
  const id = head.readInt32BE(APPLICATION_ID_AT);
  if (id !== 0 || !existsSync(`${path}-wal`)) return id === JOURNAL_APPLICATION_ID;
  // Signed, and killed before the log was written back.
  const database = connect(path, { readonly: true });
  try {
    return database.pragma('application_id', { simple: true }) === JOURNAL_APPLICATION_ID;
  } finally {
    database.close();
  }
}

/** https://www.sqlite.org/fileformat.html, 1.3 */
const MAGIC = 'SQLite format 3\0';
const HEAD_BYTES = 100;
const APPLICATION_ID_AT = 68;

/** An entry survives the death of the process, unless it dies within the turn that made it. No fsync is promised. */
function opened(path: string, bounds: JournalBounds, onWritten: (failure: unknown) => void): Journal {
  // Nobody waits for a stranger who locks it: what cannot be written is tried again.
  return madeOf(connect(path, { timeout: 0 }), (database) => {
    database.pragma(`application_id = ${JOURNAL_APPLICATION_ID}`);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    // Entries are only appended: a checkpoint writes each page once, however rare it is.
    database.pragma('wal_autocheckpoint = 4000');
    database.exec(JOURNAL_SCHEMA);
    return sqliteJournal(database, bounds, { onWritten, atEndOfTurn: setImmediate });
  });
}
