/** Every job of a state folder: begun, resumed, listed, forgotten, and cleaned up after. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { ProcessLock } from '../../sqlite/process-lock.ts';
import type { UploadPlan } from '../plan/upload-plan.ts';
import { type Clock, epochMs } from '../runtime/clock.ts';
import type { CallLedger } from '../send/call-ledger.ts';
import { namedFiles } from '../spool/private-directory.ts';
import { UploadError } from '../upload-error.ts';
import { VERSION } from '../../protocol/version.ts';
import { countShared, idHashes, merged } from './id-hashes.ts';
import { type JobRow, openJobDatabase, type PartRow } from './job-database.ts';
import type { Job } from './job.ts';
import type { Jobs, JobSummary, Meeting, PreparingJob } from './jobs.ts';
import { isJobId, jobId } from './job-id.ts';
import { isJobLocked, lockJob } from './job-lock.ts';
import { claimStateFolder } from './state-folder.ts';
import { partBody, StoredJob } from './stored-job.ts';
import { storedLedger } from './stored-ledger.ts';

export interface StateOptions {
  /** Folder of its own. */
  readonly path: string;
  readonly clock: Clock;
  readonly random: { next(): number };
  /** For the simulation: the database in memory, with the rows alone in the folder. */
  readonly database?: ':memory:';
}

const FINISHED_JOBS_MAX = 1_000;

export class StoredJobs implements Jobs {
  readonly #database: Database;
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #random: { next(): number };
  readonly #isShared: boolean;

  /** @throws `state-unusable` */
  constructor({ path, clock, random, database }: StateOptions) {
    const folder = claimStateFolder(path);
    this.#folder = folder.jobs;
    this.#database = openJobDatabase(database ?? folder.database);
    this.#clock = clock;
    this.#random = random;
    this.#isShared = database === undefined;
  }

  close(): void {
    this.#database.close();
  }

  ledger(account: string): CallLedger {
    return storedLedger(this.#database, account, this.#clock);
  }

  /** Folder, lock and record in one step, so that no clean-up comes between. */
  begin(about: { readonly account: string; readonly input: string; readonly options: object }): PreparingJob {
    const now = epochMs(this.#clock);
    const { id, folder, lock } = this.#exclusively(() => {
      const made = jobId(now, this.#random);
      const place = join(this.#folder, made);
      mkdirSync(place, { mode: 0o700 });
      this.#database
        .prepare(
          "INSERT INTO job (id, account, state, result, startedAt, changedAt, version, input, digest, options, plan, header) VALUES (?, ?, 'preparing', '', ?, ?, ?, ?, '', ?, '', '')",
        )
        .run(made, about.account, now, now, VERSION, about.input, JSON.stringify(about.options));
      return { id: made, folder: place, lock: this.#lock(place)! };
    });
    return {
      id,
      files: namedFiles(folder),
      ready: ({ plan, header, digest }) => {
        // Samples and messages quote what rows hold.
        const kept = { ...plan, sample: [], problems: { ...plan.problems, first: [] } };
        this.#exclusively(() => {
          // Its number is its turn: the order in which jobs became ready to send.
          this.#database
            .prepare(
              "UPDATE job SET number = (SELECT max(number) + 1 FROM job), state = 'open', plan = ?, header = ?, digest = ? WHERE id = ?",
            )
            .run(JSON.stringify(kept), header, digest, id);
          const { number } = this.#row(id);
          const insert = this.#database.prepare(
            "INSERT INTO part (job, part, state, attempts, ambiguousAttempts) VALUES (?, ?, 'unsent', 0, 0)",
          );
          for (const { part } of plan.parts) insert.run(number, part);
        });
        return this.#opened(this.#row(id), folder, lock);
      },
      abandon: () => {
        this.#database.prepare('DELETE FROM job WHERE id = ?').run(id);
        lock.release();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  }

  resume(which: string): StoredJob {
    return this.#exclusively(() => {
      const row = this.#find(which);
      const folder = join(this.#folder, row.id);
      if (row.state === 'ended') {
        const why = row.result === 'expired' ? 'its rows were taken away because nobody resumed it' : 'it has ended';
        throw new UploadError('job-unknown', `Nothing of job ${row.id} is left to send: ${why}.`);
      }
      const lock = this.#lock(folder);
      if (lock === undefined) throw busy(row.id);
      if (row.state === 'open') return this.#opened(row, folder, lock);
      lock.release();
      throw new UploadError(
        'job-unknown',
        `Job ${row.id} died before its input was read: nothing was sent. Upload it anew.`,
      );
    });
  }

  list(): readonly JobSummary[] {
    return this.#database
      .prepare<[], JobRow>('SELECT * FROM job ORDER BY number DESC')
      .all()
      .map((row) => this.#summary(row));
  }

  show(which: string): JobSummary {
    return this.#summary(this.#find(which));
  }

  forget(which: string): void {
    const { id } = this.#find(which);
    this.#exclusively(() => {
      if (this.#isLocked(join(this.#folder, id))) throw busy(id);
      this.#database.prepare('DELETE FROM job WHERE id = ?').run(id);
      rmSync(join(this.#folder, id), { recursive: true, force: true });
    });
  }

  sweep(keepMs: number, finishedMax = FINISHED_JOBS_MAX): void {
    const expiredBefore = epochMs(this.#clock) - keepMs;
    this.#exclusively(() => {
      for (const name of readdirSync(this.#folder).filter(isJobId)) {
        const folder = join(this.#folder, name);
        const row = this.#database.prepare<[string], JobRow>('SELECT * FROM job WHERE id = ?').get(name);
        if (row?.state === 'open' && row.changedAt >= expiredBefore) continue;
        if (this.#isLocked(folder)) continue;
        if (row?.state === 'preparing') this.#database.prepare('DELETE FROM job WHERE id = ?').run(name);
        if (row?.state === 'open') {
          this.#database.prepare("UPDATE job SET state = 'ended', result = 'expired' WHERE id = ?").run(name);
        }
        rmSync(folder, { recursive: true, force: true });
      }
      this.#database
        .prepare(
          "DELETE FROM job WHERE number IN (SELECT number FROM job WHERE state = 'ended' ORDER BY number DESC LIMIT -1 OFFSET ?)",
        )
        .run(finishedMax);
      // Only an older job that may still be sent asks whose ids a later one wrote.
      this.#database.exec(
        "DELETE FROM written WHERE job < (SELECT ifnull(min(number), 9e15) FROM job WHERE state = 'open')",
      );
    });
  }

  async before(job: Job): Promise<readonly Meeting[]> {
    return this.#meetings(job, '<', ({ state }, isRunning) => IN_WORK.has(state) || (isRunning && state === 'unsent'));
  }

  async after(job: Job): Promise<readonly Meeting[]> {
    return this.#meetings(job, '>', ({ state }) => state !== 'unsent' && state !== 'settled');
  }

  async #meetings(
    job: Job,
    order: '<' | '>',
    counts: (part: PartRow, isRunning: boolean) => boolean,
  ): Promise<readonly Meeting[]> {
    const own = this.#row(job.id);
    const rows = this.#database
      .prepare<[string, number], JobRow>(
        `SELECT * FROM job WHERE account = ? AND number ${order} ? AND state <> 'preparing' ORDER BY number`,
      )
      .all(own.account, own.number);
    let ours: Float64Array | undefined;
    const meetings: Meeting[] = [];
    for (const row of rows) {
      const folder = join(this.#folder, row.id);
      const isRunning = row.state === 'open' && this.#isLocked(folder);
      const parts = this.#parts(row.number).filter((part) => counts(part, isRunning));
      const written = order === '>' ? this.#written(row.number) : NONE;
      if (parts.length === 0 && written.length === 0) continue;
      const plan = JSON.parse(row.plan) as UploadPlan;
      const bodies = parts.map(({ part }) => partBody(folder, row.header, plan, part));
      const theirs = merged(written, await idHashes(bodies, plan.idKind, this.#key()).catch(() => NONE));
      const unsent = job.parts().filter(({ state }) => state === 'unsent' || state === 'stuck');
      ours ??= await idHashes(
        unsent.map(({ part }) => job.body(part)),
        job.plan.idKind,
        this.#key(),
      );
      const sharedIds = countShared(ours, theirs);
      if (sharedIds === 0) continue;
      const links = parts.flatMap(({ part, link }) =>
        link === null ? [] : [{ part, link, rows: plan.parts[part - 1]!.rows }],
      );
      meetings.push({ id: row.id, sharedIds, links, isRunning });
    }
    return meetings;
  }

  /** Nobody else sees a database in memory, and whoever dies there leaves no lock. */
  #lock(folder: string): ProcessLock | undefined {
    return this.#isShared ? lockJob(folder) : { release: () => undefined };
  }

  #isLocked(folder: string): boolean {
    return this.#isShared && isJobLocked(folder);
  }

  #opened(row: JobRow, folder: string, lock: ProcessLock): StoredJob {
    const onSettle = (job: StoredJob, part: number) => this.#keepIds(job, part);
    return new StoredJob({ database: this.#database, row, folder, lock, clock: this.#clock, onSettle });
  }

  /** Whether an older job could roll this part back later is known by its ids, which go with its rows. */
  async #keepIds(job: StoredJob, part: number): Promise<void> {
    const older = this.#database
      .prepare("SELECT 1 FROM job WHERE account = ? AND number < ? AND state = 'open'")
      .get(job.account, job.number);
    if (older === undefined) return;
    const own = await idHashes([job.body(part)], job.plan.idKind, this.#key());
    // Other parts are settled meanwhile: what is there is read after all waiting.
    const hashes = merged(this.#written(job.number), own);
    this.#database
      .prepare('INSERT INTO written (job, ids) VALUES (?, ?) ON CONFLICT DO UPDATE SET ids = excluded.ids')
      .run(job.number, Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength));
  }

  #written(number: number): Float64Array {
    const ids = this.#database.prepare<[number], Buffer>('SELECT ids FROM written WHERE job = ?').pluck().get(number);
    return ids === undefined ? NONE : new Float64Array(Uint8Array.from(ids).buffer);
  }

  #key(): Buffer {
    return this.#database.prepare<[], Buffer>('SELECT key FROM secret').pluck().get()!;
  }

  #find(which: string): JobRow {
    const row =
      which === 'latest'
        ? this.#database
            .prepare<[], JobRow>("SELECT * FROM job WHERE state = 'open' ORDER BY number DESC LIMIT 1")
            .get()
        : this.#database.prepare<[string], JobRow>('SELECT * FROM job WHERE id = ?').get(which);
    if (row !== undefined) return row;
    throw new UploadError(
      'job-unknown',
      which === 'latest' ? 'There is no job that could be resumed.' : `There is no job ${JSON.stringify(which)}.`,
    );
  }

  #row(id: string): JobRow {
    return this.#database.prepare<[string], JobRow>('SELECT * FROM job WHERE id = ?').get(id)!;
  }

  #parts(number: number): readonly PartRow[] {
    return this.#database.prepare<[number], PartRow>('SELECT * FROM part WHERE job = ? ORDER BY part').all(number);
  }

  #summary(row: JobRow): JobSummary {
    const { id, account, result, startedAt, changedAt, version, input, digest } = row;
    const plan = row.plan === '' ? undefined : (JSON.parse(row.plan) as UploadPlan);
    const isRunning = row.state !== 'ended' && this.#isLocked(join(this.#folder, id));
    return {
      id,
      account,
      state: isRunning ? 'running' : row.state === 'open' ? 'open' : 'ended',
      result,
      startedAt,
      changedAt,
      version,
      input,
      digest,
      rows: plan?.rows ?? 0,
      parts: this.#parts(row.number).map(({ part, state, attempts, ambiguousAttempts, link }) => {
        const { rows, bytes } = plan!.parts[part - 1]!;
        return { part, rows, bytes, state, attempts, ambiguousAttempts, link: link ?? undefined };
      }),
    };
  }

  #exclusively<Result>(step: () => Result): Result {
    return this.#database.transaction(step).immediate();
  }
}

const NONE = new Float64Array();
const IN_WORK: ReadonlySet<PartRow['state']> = new Set(['sending', 'accepted']);

function busy(id: string): UploadError {
  return new UploadError('job-busy', `Another process is working at job ${id}.`, { job: id });
}
