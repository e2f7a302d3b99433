/** A job that is written down: what becomes of each part before it happens, and its rows in files until their end is known. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { keptBodies } from '../plan/part-bodies.ts';
import type { UploadPlan } from '../plan/upload-plan.ts';
import { reasonOf, UploadError } from '../upload-error.ts';
import type { PartReport } from '../report/upload-report.ts';
import { namedFiles } from '../spool/private-directory.ts';
import { type Clock, epochMs } from '../runtime/clock.ts';
import { Job, type PartRecord } from './job.ts';
import type { JobDatabase, JobRow, PartRow } from './job-database.ts';
import { idHashes, merged } from './visitor-ids.ts';

/** Where its files lie, whose they are, and what time it is. The lock's own type would take SQLite's into what users import. */
type Place = Readonly<{ folder: string; lock: { release(): void }; database: JobDatabase; clock: Clock }>;

export class StoredJob extends Job {
  override readonly isRemembered = true;
  readonly #row: JobRow;
  readonly #place: Place;

  /** The process that began it may know more of its plan than is stored. */
  constructor(row: JobRow, place: Place, plan = JSON.parse(row.plan) as UploadPlan) {
    const bodies = keptBodies(namedFiles(place.folder), row.header, plan);
    super(row.id, plan, bodies, place.database.partsOf(row.number).map(recordOf));
    this.#row = row;
    this.#place = place;
  }

  override record(part: number, change: Parameters<Job['record']>[1]): void {
    const { state, attempts, ambiguousAttempts, link = null, report } = { ...this.part(part), ...change };
    // Ids are not kept; who wants them has --outcomes.
    const kept = report === undefined ? null : JSON.stringify({ ...report, failedIds: [] });
    const { database, clock } = this.#place;
    this.#write(() => {
      database.run(
        'UPDATE part SET state = ?, attempts = ?, ambiguousAttempts = ?, link = ?, report = ? WHERE job = ? AND part = ?',
        [state, attempts, ambiguousAttempts, link, kept, this.#row.number, part],
      );
      database.run('UPDATE job SET changedAt = ? WHERE number = ?', [epochMs(clock), this.#row.number]);
    });
    super.record(part, change);
  }

  override async settle(part: number, report: PartReport): Promise<void> {
    await this.#keepIds(part);
    await super.settle(part, report);
    this.#removeRows(part);
  }

  /** A job without a part that could be sent or followed has ended. */
  override close(result: string): void {
    const { database, folder, clock } = this.#place;
    const isEnded = this.parts().every(({ state }) => state === 'settled');
    // A death between a part's last word and the end of its file may have left one: the record ends after the rows.
    if (isEnded) for (const { part } of this.parts()) this.#removeRows(part);
    const update = 'UPDATE job SET result = ?, state = ?, changedAt = ? WHERE number = ?';
    try {
      this.#write(() => database.run(update, [result, isEnded ? 'ended' : 'open', epochMs(clock), this.#row.number]));
    } finally {
      this.release();
    }
    if (isEnded) rmSync(folder, { recursive: true, force: true });
  }

  /** Where nothing was done with it. */
  release(): void {
    this.#place.lock.release();
  }

  #removeRows(part: number): void {
    rmSync(join(this.#place.folder, `part-${part}`), { force: true });
  }

  /** A full disk is no bug, and the job goes on from what was written before. */
  #write(step: () => void): void {
    try {
      this.#place.database.exclusively(step);
    } catch (cause) {
      const message = `Cannot write down what becomes of the job: ${reasonOf(cause)}. Free some space.`;
      throw new UploadError('spool-unusable', message, { cause, job: this.id });
    }
  }

  /** Whether an older job could roll this part back later is known by its ids, which go with its rows. */
  async #keepIds(part: number): Promise<void> {
    const { account, number } = this.#row;
    const { database } = this.#place;
    const isOlder = "SELECT 1 FROM job WHERE account = ? AND number < ? AND state = 'open'";
    if (database.all(isOlder, [account, number]).length === 0) return;
    const { idKind, parts } = this.plan;
    const count = parts[part - 1]!.rows;
    const own = await idHashes({ idKind, bodies: [this.body(part)], count, key: database.key() });
    // Other parts are settled meanwhile: what is there is read after all waiting.
    const { buffer, byteOffset, byteLength } = merged(database.writtenBy(number), own);
    const insert = 'INSERT INTO written (job, ids) VALUES (?, ?) ON CONFLICT DO UPDATE SET ids = excluded.ids';
    this.#write(() => database.run(insert, [number, Buffer.from(buffer, byteOffset, byteLength)]));
  }
}

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
