/** The folder jobs are remembered in, and its database: their shape, and what is asked of them. Dumb: what a job is stands in jobs.ts. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { isFull, reasonOf, UploadError, isUploadError } from '../upload-error.ts';
import { openSqlite } from '../../sqlite/open-sqlite.ts';
import { createPrivately, makePrivately } from '../../sqlite/private-paths.ts';
import type { PartRecord } from './job.ts';

const APPLICATION_ID = 0x74_70_65_6a;
const SCHEMA_VERSION = 1;
const SCHEMA = `
CREATE TABLE job (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  account TEXT NOT NULL,
  state TEXT NOT NULL,
  result TEXT NOT NULL,
  startedAt REAL NOT NULL,
  changedAt REAL NOT NULL,
  version TEXT NOT NULL,
  input TEXT NOT NULL,
  digest TEXT NOT NULL,
  options TEXT NOT NULL,
  plan TEXT NOT NULL,
  header TEXT NOT NULL
) STRICT;
CREATE INDEX job_of_account ON job (account, state);
CREATE TABLE part (
  job INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
  part INTEGER NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  ambiguousAttempts INTEGER NOT NULL,
  link TEXT,
  report TEXT,
  PRIMARY KEY (job, part)
) STRICT, WITHOUT ROWID;
CREATE TABLE written (job INTEGER PRIMARY KEY REFERENCES job ON DELETE CASCADE, ids BLOB NOT NULL) STRICT;
CREATE TABLE call (account TEXT NOT NULL, atMs REAL NOT NULL, kind TEXT NOT NULL) STRICT;
CREATE INDEX call_of_account ON call (account, atMs);
CREATE TABLE account (name TEXT PRIMARY KEY, closedUntilMs REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE secret (key BLOB NOT NULL) STRICT;
`;

export interface JobRow {
  readonly number: number;
  readonly id: string;
  readonly account: string;
  /** `preparing` until all its parts are on the disk; `ended` when nothing of it can be sent any more. */
  readonly state: 'preparing' | 'open' | 'ended';
  /** What it came to last, in a word. */
  readonly result: string;
  readonly startedAt: number;
  readonly changedAt: number;
  /** Of this program. */
  readonly version: string;
  readonly input: string;
  readonly digest: string;
  /** JSON, as all below. */
  readonly options: string;
  readonly plan: string;
  readonly header: string;
}

export type PartRow = Omit<PartRecord, 'link' | 'report'> & Readonly<Record<'link' | 'report', string | null>>;

/** `:memory:` for one that nobody else sees. */
export class JobDatabase {
  readonly #database: Database;
  readonly #path: string;

  /** @throws `state-unusable` */
  constructor(path: string) {
    this.#path = path;
    let database: Database | undefined;
    try {
      database = openSqlite(path, { timeout: BUSY_TIMEOUT_MS }, unusableState);
      database.pragma('journal_mode = WAL');
      // A part that was sent and is not known to have been is sent twice: here a commit must survive a power cut too.
      database.pragma('synchronous = FULL');
      database.pragma('foreign_keys = ON');
      prepare(database, path);
      this.#database = database;
    } catch (error) {
      database?.close();
      throw databaseUnusable(path, error);
    }
  }

  run(sql: string, values: readonly unknown[] = []): void {
    this.#asked(() => this.#database.prepare(sql).run(...values));
  }

  all<Row>(sql: string, values: readonly unknown[] = []): Row[] {
    return this.#asked(() => this.#database.prepare(sql).all(...values) as Row[]);
  }

  /** As one step that no other process comes between. */
  exclusively<Result>(step: () => Result): Result {
    return this.#asked(() => this.#database.transaction(step).immediate());
  }

  close(): void {
    this.#database.close();
  }

  partsOf(job: number): readonly PartRow[] {
    return this.all('SELECT * FROM part WHERE job = ? ORDER BY part', [job]);
  }

  /** Hashes of the ids that a job has written, as far as somebody will ask; sorted. */
  writtenBy(job: number): Float64Array {
    const [row] = this.all<{ readonly ids: Buffer }>('SELECT ids FROM written WHERE job = ?', [job]);
    return new Float64Array(Uint8Array.from(row?.ids ?? []).buffer);
  }

  /** What ids are hashed with. */
  key(): Buffer {
    return this.all<{ readonly key: Buffer }>('SELECT key FROM secret')[0]!.key;
  }

  #asked<Result>(question: () => Result): Result {
    try {
      return question();
    } catch (error) {
      throw databaseUnusable(this.#path, error);
    }
  }
}

/** A damaged file, a full disk, a lock that is not given back: no bug, and the way out is to be told. */
function unusable(what: string, way: string, cause: unknown): UploadError {
  if (isUploadError(cause)) return cause;
  const retryable = isFull(cause);
  const message = `${what} cannot be used: ${reasonOf(cause)}. ${retryable ? 'Free some space, or name another folder by --state.' : way}`;
  return new UploadError('state-unusable', message, { cause, retryable });
}

const databaseUnusable = (path: string, cause: unknown) =>
  unusable(`The state in ${path}`, 'Repair it, or name another folder by --state.', cause);

/** Its type is spelled out: that of `openSqlite` would take SQLite's into what users import. */
export const unusableState = (_: unknown, message: string, options?: { readonly cause?: unknown }): UploadError =>
  new UploadError('state-unusable', message, options);

/** Others may hold it for the length of a commit. */
const BUSY_TIMEOUT_MS = 10_000;

function prepare(database: Database, path: string): void {
  const version = () => Number(database.pragma('user_version', { simple: true }));
  if (version() > SCHEMA_VERSION) {
    const message = `${path} was written by a newer release: upgrade, or name another folder by --state.`;
    throw new UploadError('state-unusable', message);
  }
  if (version() === SCHEMA_VERSION) return;
  database
    .transaction(() => {
      // Two processes may find it new at the same time.
      if (version() === SCHEMA_VERSION) return;
      database.exec(SCHEMA);
      database.prepare('INSERT INTO secret (key) VALUES (?)').run(randomBytes(32));
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${SCHEMA_VERSION}`);
    })
    .exclusive();
}

/**
 * Makes what is missing: the database, and `jobs`, with a folder for each job that is not settled. Ours by its mark, closed
 * to everybody else, refused where it holds other things. @throws `state-unusable`
 */
export function claimStateFolder(path: string): { readonly database: string; readonly jobs: string } {
  const mark = join(path, MARK);
  try {
    makePrivately(path);
    if (!existsSync(mark)) {
      if (readdirSync(path).length > 0) {
        const message = `${path} holds other things: name a folder of its own by --state, or --state off.`;
        throw new UploadError('state-unusable', message);
      }
      writeFileSync(mark, 'Jobs of tpe upload (target-profile-emulator). See tpe jobs.\n', { mode: 0o600 });
    }
    chmodSync(path, 0o700);
    const jobs = join(path, 'jobs');
    makePrivately(jobs);
    const database = join(path, 'jobs.db');
    createPrivately(database);
    return { database, jobs };
  } catch (error) {
    throw unusable(`The state folder ${path}`, 'Name another by --state, or --state off.', error);
  }
}

const MARK = 'tpe-state';
