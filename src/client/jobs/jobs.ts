/** Every job of a state folder: begun, resumed, listed, forgotten, and cleaned up after; and whose ids meet. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../../protocol/version.ts';
import { lockFile, type ProcessLock } from '../../sqlite/process-lock.ts';
import { keptBodies } from '../plan/part-bodies.ts';
import type { UploadPlan } from '../plan/upload-plan.ts';
import { reasonOf } from '../reason-of.ts';
import type { PartReport } from '../report/upload-report.ts';
import { type Clock, epochMs } from '../runtime/clock.ts';
import type { CallLedger } from '../send/call-ledger.ts';
import { namedFiles, type PrivateDirectory } from '../spool/private-directory.ts';
import { UploadError } from '../upload-error.ts';
import { countShared, idHashes, type KnownHashes, knownHashes, merged } from './id-hashes.ts';
import { JobDatabase, unusableState } from './job-database.ts';
import { isJobId, jobId } from './job-id.ts';
import { Job, type JobKeeper, type JobRow, type PartRecord, type PartRow } from './job.ts';
import { claimStateFolder } from './state-folder.ts';
import { storedLedger } from './stored-ledger.ts';

/** What is told of a job. */
export interface JobSummary extends Pick<
  JobRow,
  'id' | 'account' | 'result' | 'startedAt' | 'changedAt' | 'version' | 'input' | 'digest'
> {
  /** `running` while a process works at it; `open` where it can be resumed; else `ended`. */
  readonly state: 'running' | 'open' | 'ended';
  /** By which way it is sent. */
  readonly way: 'bulk' | 'customer-attributes';
  readonly rows: number;
  readonly parts: readonly JobPartSummary[];
}

export interface JobPartSummary extends Omit<PartRecord, 'report'> {
  readonly rows: number;
  readonly bytes: number;
}

/** A job whose input is still being read: its lines go to `files`. */
export interface PreparingJob {
  readonly id: string;
  readonly files: PrivateDirectory;
  ready(prepared: { readonly plan: UploadPlan; readonly header: string; readonly digest: string }): Job;
  abandon(): void;
}

/** Another job that meets this one in some ids. */
export interface Meeting {
  readonly id: string;
  readonly sharedIds: number;
  /** Links of parts that the service is working at. */
  readonly links: readonly { readonly part: number; readonly link: string; readonly rows: number }[];
  readonly isRunning: boolean;
}

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

  /** Folder, lock and record in one step, so that no clean-up comes between. */
  begin(about: { readonly account: string; readonly input: string; readonly options: object }): PreparingJob {
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
      ready: ({ plan, header, digest }) => {
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
        return this.#opened(this.#find(id), folder, lock, { ...plan, sample: [] });
      },
      abandon: () => {
        // The rows first: on a full disk the record cannot go before they have.
        lock.release();
        rmSync(folder, { recursive: true, force: true });
        this.#delete(id);
      },
    };
  }

  /** `latest` is the youngest that can be resumed; `release` where nothing is done. @throws `job-unknown`, `job-busy` */
  resume(which: string) {
    return this.#database.exclusively(() => {
      const row = this.#find(which);
      const folder = join(this.#folder, row.id);
      if (row.state === 'ended') {
        const why = row.result === 'expired' ? 'its rows were taken away because nobody resumed it' : 'it has ended';
        throw new UploadError('job-unknown', `Nothing of job ${row.id} is left to send: ${why}.`);
      }
      const lock = this.#lock(folder);
      if (lock === undefined) throw busy(row.id);
      if (row.state === 'open') {
        const options = JSON.parse(row.options) as Record<string, unknown>;
        const job = this.#opened(row, folder, lock);
        return { job, options, digest: row.digest, release: () => lock.release() };
      }
      lock.release();
      const message = `Job ${row.id} died before it was ready to be sent. Upload it anew.`;
      throw new UploadError('job-unknown', message);
    });
  }

  /** Youngest first. */
  list(): readonly JobSummary[] {
    return (this.#database.all('SELECT * FROM job ORDER BY number DESC') as JobRow[]).map((row) => this.#summary(row));
  }

  /** @throws `job-unknown` */
  show(which: string): JobSummary {
    return this.#summary(this.#find(which));
  }

  /** Takes the job and its rows away. @throws `job-unknown`, `job-busy` */
  forget(which: string): void {
    const { id } = this.#find(which);
    this.#database.exclusively(() => {
      if (this.#isLocked(join(this.#folder, id))) throw busy(id);
      this.#delete(id);
      rmSync(join(this.#folder, id), { recursive: true, force: true });
    });
  }

  /** Takes away what a death left, rows nobody has resumed for `keepMs`, and of finished jobs all but the latest 1,000. */
  sweep(keepMs: number, finishedMax = FINISHED_JOBS_MAX): void {
    const expiredBefore = epochMs(this.#clock) - keepMs;
    this.#database.exclusively(() => {
      for (const name of readdirSync(this.#folder).filter(isJobId)) {
        const folder = join(this.#folder, name);
        const row = this.#database.get('SELECT * FROM job WHERE id = ?', [name]) as JobRow | undefined;
        if (row?.state === 'open' && row.changedAt >= expiredBefore) continue;
        if (this.#isLocked(folder)) continue;
        if (row?.state === 'preparing') this.#delete(name);
        if (row?.state === 'open') {
          this.#database.run("UPDATE job SET state = 'ended', result = 'expired' WHERE id = ?", [name]);
        }
        rmSync(folder, { recursive: true, force: true });
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

  /** Earlier jobs of the account whose ids the service, or a process, is still working at. Who asks again gives what was `known`. */
  async before(job: Job, known: KnownHashes = knownHashes()): Promise<readonly Meeting[]> {
    const counts = ({ state }: PartRow, isRunning: boolean) => IN_WORK.has(state) || (isRunning && state === 'unsent');
    return this.#meetings(job, '<', counts, known);
  }

  /** Later jobs of the account that have written ids which parts of this one are still to write. */
  async after(job: Job): Promise<readonly Meeting[]> {
    return this.#meetings(job, '>', ({ state }) => state !== 'unsent' && state !== 'settled', knownHashes());
  }

  async #meetings(
    job: Job,
    order: '<' | '>',
    counts: (part: PartRow, isRunning: boolean) => boolean,
    known: KnownHashes,
  ): Promise<readonly Meeting[]> {
    const own = this.#find(job.id);
    const rows = this.#database.all(
      `SELECT * FROM job WHERE account = ? AND number ${order} ? AND state <> 'preparing' ORDER BY number`,
      [own.account, own.number],
    ) as JobRow[];
    const meetings: Meeting[] = [];
    for (const row of rows) {
      const folder = join(this.#folder, row.id);
      const isRunning = row.state === 'open' && this.#isLocked(folder);
      const parts = this.#parts(row.number).filter((part) => counts(part, isRunning));
      const written = order === '>' ? this.#written(row.number) : NONE;
      if (parts.length === 0 && written.length === 0) continue;
      const plan = JSON.parse(row.plan) as UploadPlan;
      const { idKind } = plan;
      const body = keptBodies(namedFiles(folder), row.header, plan);
      const theirs = merged(written, await known({ id: row.id, idKind, body }, parts, this.#key()).catch(() => NONE));
      const unsent = job.parts().filter(({ state }) => state === 'unsent' || state === 'stuck');
      const ours = await known({ id: job.id, idKind: job.plan.idKind, body: job.body }, unsent, this.#key());
      const sharedIds = countShared(ours, theirs);
      if (sharedIds === 0) continue;
      const links = parts.flatMap(({ part, link }) =>
        link === null ? [] : [{ part, link, rows: plan.parts[part - 1]!.rows }],
      );
      meetings.push({ id: row.id, sharedIds, links, isRunning });
    }
    return meetings;
  }

  /** One process a job. Nobody else sees a database in memory, and whoever dies there leaves no lock. */
  #lock(folder: string): ProcessLock | undefined {
    return this.#isShared ? lockFile(join(folder, 'lock'), unusableState) : { release: () => undefined };
  }

  /** Whether somebody works at the job now. */
  #isLocked(folder: string): boolean {
    if (!this.#isShared || !existsSync(join(folder, 'lock'))) return false;
    const lock = this.#lock(folder);
    lock?.release();
    return lock === undefined;
  }

  #opened(row: JobRow, folder: string, lock: ProcessLock, plan = JSON.parse(row.plan) as UploadPlan): Job {
    const { id, number } = row;
    const changed = () => epochMs(this.#clock);
    const remove = (part: number) => rmSync(join(folder, `part-${part}`), { force: true });
    const keeper: JobKeeper = {
      write: ({ part, state, attempts, ambiguousAttempts, link = null, report }) =>
        this.#write(() => {
          // Ids are not kept; who wants them has --outcomes.
          const kept = report === undefined ? null : JSON.stringify({ ...report, failedIds: [] });
          this.#database.run(
            'UPDATE part SET state = ?, attempts = ?, ambiguousAttempts = ?, link = ?, report = ? WHERE job = ? AND part = ?',
            [state, attempts, ambiguousAttempts, link, kept, number, part],
          );
          this.#database.run('UPDATE job SET changedAt = ? WHERE number = ?', [changed(), number]);
        }),
      settling: (part) => this.#keepIds(row, job, part),
      settled: remove,
      close: (result, isEnded) => {
        // A death between a part's last word and the end of its file may have left one: the record ends after the rows.
        if (isEnded) for (const { part } of plan.parts) remove(part);
        const update = 'UPDATE job SET result = ?, state = ?, changedAt = ? WHERE number = ?';
        try {
          this.#write(() => this.#database.run(update, [result, isEnded ? 'ended' : 'open', changed(), number]));
        } finally {
          lock.release();
        }
        if (isEnded) rmSync(folder, { recursive: true, force: true });
      },
    };
    const bodies = keptBodies(namedFiles(folder), row.header, plan);
    const job: Job = new Job(id, plan, bodies, keeper, this.#parts(number).map(recordOf));
    return job;
  }

  /** A full disk is no bug, and the job goes on from what was written before. */
  #write(step: () => void): void {
    try {
      this.#database.exclusively(step);
    } catch (cause) {
      const message = `Cannot write down what becomes of the job: ${reasonOf(cause)}. Free some space.`;
      throw new UploadError('spool-unusable', message, { cause });
    }
  }

  /** Whether an older job could roll this part back later is known by its ids, which go with its rows. */
  async #keepIds({ account, number }: JobRow, job: Job, part: number): Promise<void> {
    const isOlder = "SELECT 1 FROM job WHERE account = ? AND number < ? AND state = 'open'";
    if (this.#database.get(isOlder, [account, number]) === undefined) return;
    const own = await idHashes([job.body(part)], job.plan.idKind, this.#key());
    // Other parts are settled meanwhile: what is there is read after all waiting.
    const hashes = merged(this.#written(number), own);
    this.#database.run('INSERT INTO written (job, ids) VALUES (?, ?) ON CONFLICT DO UPDATE SET ids = excluded.ids', [
      number,
      Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength),
    ]);
  }

  #written(number: number): Float64Array {
    const row = this.#database.get('SELECT ids FROM written WHERE job = ?', [number]) as
      { readonly ids: Buffer } | undefined;
    return row === undefined ? NONE : new Float64Array(Uint8Array.from(row.ids).buffer);
  }

  #key(): Buffer {
    return (this.#database.get('SELECT key FROM secret') as { readonly key: Buffer }).key;
  }

  #find(which: string): JobRow {
    const isLatest = which === 'latest';
    const sql = isLatest ? "state = 'open' ORDER BY number DESC LIMIT 1" : 'id = ?';
    const row = this.#database.get(`SELECT * FROM job WHERE ${sql}`, isLatest ? [] : [which]);
    if (row !== undefined) return row as JobRow;
    const message = isLatest ? 'There is no job that could be resumed.' : `There is no job ${JSON.stringify(which)}.`;
    throw new UploadError('job-unknown', message);
  }

  #delete(id: string): void {
    this.#database.run('DELETE FROM job WHERE id = ?', [id]);
  }

  #parts(number: number): readonly PartRow[] {
    return this.#database.all('SELECT * FROM part WHERE job = ? ORDER BY part', [number]) as PartRow[];
  }

  #summary(row: JobRow): JobSummary {
    const { number, options, plan: planText, header: __, ...told } = row;
    const plan = planText === '' ? undefined : (JSON.parse(planText) as UploadPlan);
    const isRunning = row.state !== 'ended' && this.#isLocked(join(this.#folder, row.id));
    return {
      ...told,
      state: isRunning ? 'running' : row.state === 'open' ? 'open' : 'ended',
      way: 'sftp' in (JSON.parse(options) as object) ? 'customer-attributes' : 'bulk',
      rows: plan?.rows ?? 0,
      parts: this.#parts(number).map(({ part, state, attempts, ambiguousAttempts, link }) => {
        const { rows, bytes } = plan!.parts[part - 1]!;
        return { part, rows, bytes, state, attempts, ambiguousAttempts, link: link ?? undefined };
      }),
    };
  }
}

const FINISHED_JOBS_MAX = 1_000;
const NONE = new Float64Array();
const IN_WORK: ReadonlySet<PartRow['state']> = new Set(['sending', 'accepted']);

const busy = (id: string) => new UploadError('job-busy', `Another process is working at job ${id}.`, { job: id });

function recordOf({ state, ambiguousAttempts, link, report, ...row }: PartRow): PartRecord {
  // Found so after a death: it may have arrived.
  const isLost = state === 'sending';
  return {
    ...row,
    state: isLost ? 'unsent' : state,
    ambiguousAttempts: ambiguousAttempts + (isLost ? 1 : 0),
    link: link ?? undefined,
    report: report === null ? undefined : (JSON.parse(report) as PartReport),
  };
}
