/** Every job of a state folder: begun, resumed, listed, forgotten, and cleaned up after. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../../protocol/version.ts';
import { lockFile, type ProcessLock } from '../../sqlite/process-lock.ts';
import { keptBodies } from '../plan/part-bodies.ts';
import type { UploadPlan } from '../plan/upload-plan.ts';
import { type Clock, epochMs } from '../runtime/clock.ts';
import { type CallLedger, storedLedger } from '../send/pace.ts';
import { namedFiles } from '../spool/private-directory.ts';
import { UploadError } from '../upload-error.ts';
import { isJobId, type Job, jobId, type PartRecord } from './job.ts';
import { claimStateFolder, JobDatabase, type JobRow, type PartRow, unusableState } from './job-database.ts';
import { StoredJob } from './stored-job.ts';
import type { Rows } from './visitor-ids.ts';

/** What is told of a job. */
export interface JobSummary extends Omit<JobRow, 'number' | 'state' | 'options' | 'plan' | 'header'> {
  /** `running` while a process works at it; `open` where it can be resumed; else `ended`. */
  readonly state: 'running' | 'open' | 'ended';
  /** By which way it is sent. */
  readonly way: JobWay;
  readonly rows: number;
  readonly parts: readonly JobPartSummary[];
}

export type JobWay = 'bulk' | 'customer-attributes';

export interface JobPartSummary extends Omit<PartRecord, 'report'> {
  readonly rows: number;
  readonly bytes: number;
}

/** Another job of the account, with those of its parts that were asked for. */
export type OtherJob = ReturnType<Jobs['others']> extends Generator<infer Other, void> ? Other : never;

export class Jobs {
  readonly #database: JobDatabase;
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #random: { next(): number };
  readonly #isShared: boolean;

  /** `path` is a folder of its own; `:memory:` keeps only the rows there. @throws `state-unusable` */
  constructor(path: string, clock: Clock, random: { next(): number }, database?: ':memory:') {
    const folder = claimStateFolder(path);
    this.#folder = folder.jobs;
    this.#database = new JobDatabase(database ?? folder.database);
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

  /** A job whose input is still being read: its lines go to `files`. Folder, lock and record in one step, so that no clean-up comes between. */
  begin(about: { readonly account: string; readonly input: string; readonly options: object }) {
    const now = epochMs(this.#clock);
    const id = jobId(now, this.#random);
    const folder = join(this.#folder, id);
    const lock = this.#database.exclusively(() => {
      mkdirSync(folder, { mode: 0o700 });
      this.#database.run(
        "INSERT INTO job (id, account, state, result, startedAt, changedAt, version, input, digest, options, plan, header) VALUES (?, ?, 'preparing', '', ?, ?, ?, ?, '', ?, '', '')",
        [id, about.account, now, now, VERSION, about.input, JSON.stringify(about.options)],
      );
      return this.#lock(folder)!;
    });
    return {
      id,
      files: namedFiles(folder),
      ready: ({ plan, header, digest }: { plan: UploadPlan; header: string; digest: string }): Job => {
        // Samples and messages quote what rows hold.
        const kept = { ...plan, sample: [], problems: { ...plan.problems, first: [] } };
        this.#database.exclusively(() => {
          // Its number is its turn: the order in which jobs became ready to send.
          this.#database.run(
            "UPDATE job SET number = (SELECT max(number) + 1 FROM job), state = 'open', plan = ?, header = ?, digest = ? WHERE id = ?",
            [JSON.stringify(kept), header, digest, id],
          );
          const insert =
            "INSERT INTO part (job, part, state, attempts, ambiguousAttempts) SELECT number, ?, 'unsent', 0, 0 FROM job WHERE id = ?";
          for (const { part } of plan.parts) this.#database.run(insert, [part, id]);
        });
        // Whoever began it is told which rows are left out.
        return this.#opened(this.#find(id), lock, { ...plan, sample: [] });
      },
      abandon: () => {
        // The rows first: on a full disk the record cannot go before they have.
        lock.release();
        this.#delete(id);
      },
    };
  }

  /** `latest` is the youngest that can be resumed. @throws `job-unknown`, `job-busy`, `job-differs` where it goes another way */
  resume(which: string, way: JobWay = 'bulk') {
    return this.#database.exclusively(() => {
      const row = this.#find(which);
      const { id, state } = row;
      if (state === 'ended') {
        const why = row.result === 'expired' ? 'its rows were taken away because nobody resumed it' : 'it has ended';
        throw new UploadError('job-unknown', `Nothing of job ${id} is left to send: ${why}.`);
      }
      if (wayOf(row) !== way)
        throw new UploadError('job-differs', `Job ${id} is one of ${wayOf(row)}, not of ${way}.`, { job: id });
      const lock = this.#lock(join(this.#folder, id));
      if (lock === undefined) throw busy(id);
      if (state === 'open') {
        const options = JSON.parse(row.options) as Record<string, unknown>;
        return { job: this.#opened(row, lock), options, digest: row.digest };
      }
      lock.release();
      throw new UploadError('job-unknown', `Job ${id} died before it was ready to be sent. Upload it anew.`);
    });
  }

  /** Youngest first. */
  list(): readonly JobSummary[] {
    return this.#database.all<JobRow>('SELECT * FROM job ORDER BY number DESC').map((row) => this.#summary(row));
  }

  /** @throws `job-unknown` */
  show(which: string): JobSummary {
    return this.#summary(this.#find(which));
  }

  /** Takes the job and its rows away. @throws `job-unknown`, `job-busy` */
  forget(which: string): void {
    const { id } = this.#find(which);
    this.#database.exclusively(() => {
      if (this.#isLocked(id)) throw busy(id);
      this.#delete(id);
    });
  }

  /** Takes away what a death left, rows nobody has resumed for `keepMs`, and of finished jobs all but the latest 1,000. */
  sweep(keepMs: number, finishedMax = FINISHED_JOBS_MAX): void {
    const expiredBefore = epochMs(this.#clock) - keepMs;
    this.#database.exclusively(() => {
      for (const id of readdirSync(this.#folder).filter(isJobId)) {
        const [row] = this.#database.all<JobRow>('SELECT * FROM job WHERE id = ?', [id]);
        if (row?.state === 'open' && row.changedAt >= expiredBefore) continue;
        if (this.#isLocked(id)) continue;
        this.#database.run("DELETE FROM job WHERE id = ? AND state = 'preparing'", [id]);
        this.#database.run("UPDATE job SET state = 'ended', result = 'expired' WHERE id = ? AND state = 'open'", [id]);
        this.#removeFolder(id);
      }
      this.#database.run(
        "DELETE FROM job WHERE number IN (SELECT number FROM job WHERE state = 'ended' ORDER BY number DESC LIMIT -1 OFFSET ?)",
        [finishedMax],
      );
      // Only an older job that may still be sent asks whose ids a later one wrote.
      this.#database.run(
        "DELETE FROM written WHERE job < (SELECT ifnull(min(number), 9e15) FROM job WHERE state = 'open')",
      );
    });
  }

  /**
   * Earlier or later jobs of the account with parts that count, or, of later ones, with ids that they have written. Each is
   * looked at when its turn comes: others may go on meanwhile.
   */
  *others({ id }: Job, when: 'earlier' | 'later', counts: (part: PartRow, isRunning: boolean) => boolean) {
    const { account, number } = this.#find(id);
    const order = when === 'earlier' ? '<' : '>';
    const rows = this.#database.all<JobRow>(
      `SELECT * FROM job WHERE account = ? AND number ${order} ? AND state <> 'preparing' ORDER BY number`,
      [account, number],
    );
    for (const row of rows) {
      const isRunning = row.state === 'open' && this.#isLocked(row.id);
      const parts = this.#database.partsOf(row.number).filter((part) => counts(part, isRunning));
      const written = () => (when === 'earlier' ? new Float64Array() : this.#database.writtenBy(row.number));
      if (parts.length === 0 && written().length === 0) continue;
      const plan = JSON.parse(row.plan) as UploadPlan;
      const body = keptBodies(namedFiles(join(this.#folder, row.id)), row.header, plan);
      const links = parts.flatMap(({ part, link }) =>
        link === null ? [] : [{ part, link, rows: plan.parts[part - 1]!.rows }],
      );
      yield { id: row.id, plan, body, parts, links, isRunning, written };
    }
  }

  /** The rows of some parts, to find their visitors among those of others. */
  rowsOf({ plan, body }: Pick<Job, 'plan' | 'body'>, parts: readonly Pick<PartRecord, 'part'>[]): Rows {
    const count = parts.reduce((sum, { part }) => sum + plan.parts[part - 1]!.rows, 0);
    return { idKind: plan.idKind, bodies: parts.map(({ part }) => body(part)), count, key: this.#database.key() };
  }

  /** One process a job. Nobody else sees a database in memory, and whoever dies there leaves no lock. */
  #lock(folder: string): ProcessLock | undefined {
    return this.#isShared ? lockFile(join(folder, 'lock'), unusableState) : { release: () => undefined };
  }

  /** Whether somebody works at the job now. */
  #isLocked(id: string): boolean {
    const folder = join(this.#folder, id);
    if (!this.#isShared || !existsSync(join(folder, 'lock'))) return false;
    const lock = this.#lock(folder);
    lock?.release();
    return lock === undefined;
  }

  #opened(row: JobRow, lock: ProcessLock, plan?: UploadPlan): StoredJob {
    const place = { folder: join(this.#folder, row.id), lock, database: this.#database, clock: this.#clock };
    return new StoredJob(row, place, plan);
  }

  #find(which: string): JobRow {
    const isLatest = which === 'latest';
    const sql = isLatest ? "state = 'open' ORDER BY number DESC LIMIT 1" : 'id = ?';
    const [row] = this.#database.all<JobRow>(`SELECT * FROM job WHERE ${sql}`, isLatest ? [] : [which]);
    if (row !== undefined) return row;
    const message = isLatest ? 'There is no job that could be resumed.' : `There is no job ${JSON.stringify(which)}.`;
    throw new UploadError('job-unknown', message);
  }

  #delete(id: string): void {
    this.#removeFolder(id);
    this.#database.run('DELETE FROM job WHERE id = ?', [id]);
  }

  #removeFolder(id: string): void {
    rmSync(join(this.#folder, id), { recursive: true, force: true });
  }

  #summary(row: JobRow): JobSummary {
    const { number, options: _, plan: planText, header: __, ...told } = row;
    const plan = planText === '' ? undefined : (JSON.parse(planText) as UploadPlan);
    const isRunning = row.state !== 'ended' && this.#isLocked(row.id);
    return {
      ...told,
      state: isRunning ? 'running' : row.state === 'open' ? 'open' : 'ended',
      way: wayOf(row),
      rows: plan?.rows ?? 0,
      parts: this.#database.partsOf(number).map(({ part, state, attempts, ambiguousAttempts, link }) => {
        const { rows, bytes } = plan!.parts[part - 1]!;
        return { part, rows, bytes, state, attempts, ambiguousAttempts, link: link ?? undefined };
      }),
    };
  }
}

const FINISHED_JOBS_MAX = 1_000;

const busy = (id: string) => new UploadError('job-busy', `Another process is working at job ${id}.`, { job: id });

const wayOf = ({ options }: JobRow): JobWay =>
  'sftp' in (JSON.parse(options) as object) ? 'customer-attributes' : 'bulk';
