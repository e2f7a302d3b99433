/** What the disk and SQLite say, as one line for a person with the remedy in it. */
import Sqlite from 'better-sqlite3';
import { EmulatorError, type EmulatorErrorCode } from '../runtime/emulator-error.ts';

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
  const isLimited = /^SQLITE_IOERR_(?:WRITE|SHMSIZE|TRUNCATE)$/.test(code) && fileBytesMax() !== UNLIMITED;
  const known = KNOWN.find(([codes]) => codes.test(isLimited ? 'EFBIG' : code));
  return known === undefined ? error : new EmulatorError(known[1], known[2](place, code), { cause: error });
}

/** SQLite says no more than that it could not write or grow a file: the likeliest reason is known where it is a limit. */
let fileLimit: string | undefined;
function fileBytesMax(): string {
  if (fileLimit === undefined) {
    // Names of hosts would be looked up. An option of Node's without a type.
    Object.assign(process.report, { excludeNetwork: true });
    const { userLimits } = process.report.getReport() as {
      userLimits?: { file_size_blocks?: { soft: number | string } };
    };
    fileLimit = String(userLimits?.file_size_blocks?.soft ?? UNLIMITED);
  }
  return fileLimit;
}
const UNLIMITED = 'unlimited';

const KNOWN: readonly (readonly [RegExp, EmulatorErrorCode, (place: string, code: string) => string])[] = [
  [
    /^(?:SQLITE_FULL|ENOSPC|EDQUOT)$/,
    'disk-full',
    (place) => `No space left for ${place}. Free some, or use another data directory.`,
  ],
  [
    /^EFBIG$/,
    'disk-full',
    (place, code) =>
      `A file of ${place} has reached the ${fileBytesMax()} bytes that the system allows (${code}). Raise the limit (ulimit -f).`,
  ],
  [
    /^E[MN]FILE$/,
    'too-many-files',
    (_, code) =>
      `Too many files and connections are open (${code}). Raise the limit (ulimit -n), or close connections.`,
  ],
  [
    /^(?:SQLITE_(?:READONLY|CANTOPEN|PERM|IOERR)|E(?:ACCES|PERM|ROFS|NOTDIR|ISDIR|EXIST|IO|NOENT)$)/,
    'data-directory-unusable',
    (place, code) =>
      `Cannot write to ${place} (${code}). Check that it exists and belongs to you, or use another data directory.`,
  ],
  [/^SQLITE_(?:BUSY|LOCKED)/, 'data-directory-in-use', (place) => `Another program is using ${place}. Stop it first.`],
  [
    /^SQLITE_(?:CORRUPT|NOTADB|FORMAT|SCHEMA)/,
    'database-unusable',
    (place, code) =>
      `The database in ${place} cannot be read (${code}). Move it away to start anew, or restore a copy.`,
  ],
];

function errorCode(error: unknown): string | undefined {
  if (error instanceof Sqlite.SqliteError) return error.code;
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return String(error.code);
}
