/** Opens a connection, set up as measured, and brings the database to this version's shape. */
import { renameSync, rmSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { createPrivately } from '../../sqlite/private-paths.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { connect, madeOf } from './connect.ts';
import { APPLICATION_ID, FIRST_VERSION, MIGRATIONS, SCHEMA_VERSION } from './migrations.ts';

/** The read-write connection; creates, and migrates after a copy. */
export function openDatabase(path: string, migrations: readonly string[] = MIGRATIONS): Database {
  createPrivately(path);
  return madeOf(connect(path), (database) => {
    // The identity of the file is judged before anything, the journal mode included, is written to it.
    const version = versionOf(database, path);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    // Rows come in key order, so that a page is written once for a batch: checkpoints may be rare and the cache small.
    database.pragma('wal_autocheckpoint = 4000');
    database.pragma(`journal_size_limit = ${WAL_BYTES_KEPT}`);
    database.pragma('cache_size = -8192');
    database.pragma('temp_store = MEMORY');
    if (version > 0 && version < FIRST_VERSION + migrations.length - 1) keepCopy(database, path, version);
    migrate(database, version, migrations);
    return database;
  });
}

/** What an earlier release wrote stays beside it, as it was, before its shape is changed: `emulator.db.version-1`. */
function keepCopy(database: Database, path: string, version: number): void {
  const copy = `${path}.version-${version}`;
  const unfinished = createFree(copy, '.unfinished');
  try {
    database.prepare('VACUUM INTO ?').run(unfinished);
    renameSync(unfinished, createFree(copy));
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/** An empty file under the first free name, `name.1` after `name`: whatever lies there, a folder too, is somebody's. */
function createFree(name: string, ending = ''): string {
  for (let count = 0; ; count += 1) {
    const free = `${name}${count === 0 ? '' : `.${count}`}${ending}`;
    if (createPrivately(free)) return free;
  }
}

/** A connection that only reads, beside the writer's; WAL lets it see the last commit and never wait. */
export function openDatabaseReadOnly(path: string): Database {
  return madeOf(connect(path, { readonly: true, fileMustExist: true }), (database) => {
    database.pragma('cache_size = -8192');
    return database;
  });
}

export function openMemoryDatabase(): Database {
  const database = connect(':memory:');
  migrate(database, 0);
  return database;
}

/** A write-ahead log that grew beyond this is cut back when it has been checkpointed. */
const WAL_BYTES_KEPT = 64 * 1024 * 1024;

function versionOf(database: Database, path: string): number {
  const version = Number(database.pragma('user_version', { simple: true }));
  const application = Number(database.pragma('application_id', { simple: true }));
  const isEmpty = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
  if (isEmpty && version === 0) return 0;
  if (application !== APPLICATION_ID) {
    const message = `${path} is a database of another program. Use another data directory.`;
    throw new EmulatorError('database-unusable', message);
  }
  if (version < FIRST_VERSION) {
    throw new EmulatorError(
      'database-unusable',
      `${path} was written by a version that was never released (database version ${version}, the first is ${FIRST_VERSION}). ` +
        'Move it away to start anew, or use another data directory.',
    );
  }
  if (version > SCHEMA_VERSION) {
    throw new EmulatorError(
      'database-newer',
      `${path} was written by a newer release (database version ${version}, this one knows ${SCHEMA_VERSION}). ` +
        'Upgrade target-profile-emulator, or use another data directory.',
    );
  }
  return version;
}

/** Each step is one transaction, the version it leads to included: a crash leaves a shape that has a number. */
export function migrate(database: Database, from: number, migrations: readonly string[] = MIGRATIONS): void {
  for (let step = Math.max(0, from - FIRST_VERSION + 1); step < migrations.length; step += 1) {
    database
      .transaction(() => {
        database.exec(migrations[step]!);
        database.pragma(`application_id = ${APPLICATION_ID}`);
        database.pragma(`user_version = ${FIRST_VERSION + step}`);
      })
      .exclusive();
  }
}
