/** What the disk and SQLite say, as one line for a person with the remedy in it. */
import Sqlite from 'better-sqlite3';
import { EmulatorError } from '../runtime/emulator-error.ts';

/** Runs `work`; what storage could not do becomes an `EmulatorError`, everything else passes as it is. */
export function guarded<Result>(place: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw storageError(place, error);
  }
}

type Methods = Readonly<Record<string, (...args: never[]) => unknown>>;

/** The same methods, each done by `way`. */
export function eachBy<Given extends Methods>(way: <Result>(work: () => Result) => Result, methods: Given): Given {
  const done = Object.entries(methods).map(([name, method]) => [
    name,
    (...args: never[]) => way(() => method(...args)),
  ]);
  return Object.fromEntries(done) as Given;
}

/** The `EmulatorError` for an error of SQLite or the file system; any other error is returned unchanged. */
export function storageError(place: string, error: unknown): unknown {
  if (error instanceof EmulatorError) return error;
  const code = errorCode(error);
  if (code === undefined) return error;
  const cause = { cause: error };
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    return new EmulatorError(
      'disk-full',
      `No space left for ${place}. Free some, or use another data directory.`,
      cause,
    );
  }
  if (code === 'EFBIG') {
    return new EmulatorError(
      'disk-full',
      `A file of ${place} has reached the size that the system allows (EFBIG). Raise the limit (ulimit -f).`,
      cause,
    );
  }
  if (code === 'EMFILE' || code === 'ENFILE') {
    return new EmulatorError(
      'too-many-files',
      `Too many files and connections are open (${code}). Raise the limit (ulimit -n), or close connections.`,
      cause,
    );
  }
  if (UNUSABLE_DIRECTORY.test(code)) {
    return new EmulatorError(
      'data-directory-unusable',
      `Cannot write to ${place} (${code}). Check that it exists and belongs to you, or use another data directory.`,
      cause,
    );
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new EmulatorError('data-directory-in-use', `Another program is using ${place}. Stop it first.`, cause);
  }
  if (UNUSABLE_DATABASE.test(code)) {
    return new EmulatorError(
      'database-unusable',
      `The database in ${place} cannot be read (${code}). Move it away to start anew, or restore a copy.`,
      cause,
    );
  }
  return error;
}

function errorCode(error: unknown): string | undefined {
  if (error instanceof Sqlite.SqliteError) return error.code;
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return String(error.code);
}

const UNUSABLE_DIRECTORY =
  /^(?:SQLITE_(?:READONLY|CANTOPEN|PERM|IOERR)|E(?:ACCES|PERM|ROFS|NOTDIR|ISDIR|EXIST|IO|NOENT)$)/;
const UNUSABLE_DATABASE = /^SQLITE_(?:CORRUPT|NOTADB|FORMAT|SCHEMA)/;
