/** A job in the state folder: its record in the database, its rows in files until they are settled. */
import { createReadStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { UploadPlan } from '../plan/upload-plan.ts';
import { reasonOf } from '../reason-of.ts';
import type { PartReport } from '../report/upload-report.ts';
import { type Clock, epochMs } from '../runtime/clock.ts';
import { UploadError } from '../upload-error.ts';
import type { JobRow, PartRow } from './job-database.ts';
import type { ProcessLock } from '../../sqlite/process-lock.ts';
import type { PartRecord } from './job.ts';
import type { ResumedJob } from './jobs.ts';

export interface StoredJobParts {
  readonly database: Database;
  readonly row: JobRow;
  readonly folder: string;
  readonly lock: ProcessLock;
  readonly clock: Clock;
  /** Called with a settled part before its rows go. */
  readonly onSettle: (job: StoredJob, part: number) => Promise<void>;
}

export class StoredJob implements ResumedJob {
  readonly isRemembered = true;
  readonly id: string;
  readonly number: number;
  readonly account: string;
  readonly plan: UploadPlan;
  readonly #parts: StoredJobParts;
  readonly #records = new Map<number, PartRecord>();

  constructor(parts: StoredJobParts) {
    const { row, database } = parts;
    this.#parts = parts;
    this.id = row.id;
    this.number = row.number;
    this.account = row.account;
    this.plan = JSON.parse(row.plan) as UploadPlan;
    const select = database.prepare<[number], PartRow>('SELECT * FROM part WHERE job = ? ORDER BY part');
    for (const part of select.all(row.number)) this.#records.set(part.part, recordOf(part));
  }

  get options(): Record<string, unknown> {
    return JSON.parse(this.#parts.row.options) as Record<string, unknown>;
  }

  get digest(): string {
    return this.#parts.row.digest;
  }

  parts(): readonly PartRecord[] {
    return [...this.#records.values()];
  }

  part(part: number): PartRecord {
    return this.#records.get(part)!;
  }

  body(part: number) {
    return partBody(this.#parts.folder, this.#parts.row.header, this.plan, part);
  }

  record(part: number, change: Partial<Omit<PartRecord, 'part'>>): void {
    const { database, row, clock } = this.#parts;
    const record = { ...this.part(part), ...change };
    const report = record.report === undefined ? null : JSON.stringify(record.report);
    written(
      database.transaction(() => {
        database
          .prepare(
            'UPDATE part SET state = ?, attempts = ?, ambiguousAttempts = ?, link = ?, report = ? WHERE job = ? AND part = ?',
          )
          .run(record.state, record.attempts, record.ambiguousAttempts, record.link ?? null, report, row.number, part);
        database.prepare('UPDATE job SET changedAt = ? WHERE number = ?').run(epochMs(clock), row.number);
      }).immediate,
    );
    this.#records.set(part, record);
  }

  async settle(part: number, report: PartReport): Promise<void> {
    await this.#parts.onSettle(this, part);
    // Ids are not kept; who wants them has --outcomes.
    this.record(part, { state: 'settled', report: { ...report, failedIds: [] } });
    rmSync(join(this.#parts.folder, partFile(part)), { force: true });
  }

  release(): void {
    this.#parts.lock.release();
  }

  /** What it came to in this run. A job without a part that could be sent or followed has ended. */
  close(result: string): void {
    const { database, row, folder, clock } = this.#parts;
    const isEnded = this.parts().every(({ state }) => state === 'settled');
    // A death between a part's last word and the end of its file may have left one: the record ends after the rows.
    if (isEnded) for (const { part } of this.parts()) rmSync(join(folder, partFile(part)), { force: true });
    const update = database.prepare('UPDATE job SET result = ?, state = ?, changedAt = ? WHERE number = ?');
    try {
      written(() => update.run(result, isEnded ? 'ended' : 'open', epochMs(clock), row.number));
    } finally {
      this.release();
    }
    if (isEnded) rmSync(folder, { recursive: true, force: true });
  }
}

/** A full disk is no bug, and the job goes on from what was written before. */
function written(write: () => unknown): void {
  try {
    write();
  } catch (cause) {
    throw new UploadError(
      'spool-unusable',
      `Cannot write down what becomes of the job: ${reasonOf(cause)}. Free some space.`,
      { cause },
    );
  }
}

export const partFile = (part: number) => `part-${part}`;

/** As it is sent: the header row, then the rows in the file. */
export function partBody(folder: string, header: string, plan: UploadPlan, part: number) {
  const path = join(folder, partFile(part));
  const { bytes } = plan.parts[part - 1]!;
  return {
    bytes,
    async *open(): AsyncGenerator<Uint8Array> {
      const head = Buffer.from(header, 'latin1');
      let read = head.length;
      yield head;
      try {
        for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
          read += (chunk as Buffer).length;
          yield chunk as Buffer;
        }
      } catch (cause) {
        throw new UploadError('spool-unusable', `Cannot read ${path}: ${reasonOf(cause)}.`, { cause });
      }
      if (read !== bytes)
        throw new UploadError('spool-unusable', `${path} is not what was judged: it has ${read} bytes, not ${bytes}.`);
    },
  };
}

const READ_BYTES = 256 * 1024;

function recordOf({ part, state, attempts, ambiguousAttempts, link, report }: PartRow): PartRecord {
  return {
    part,
    // Found so after a death: it may have arrived.
    state: state === 'sending' ? 'unsent' : state,
    attempts,
    ambiguousAttempts: state === 'sending' ? ambiguousAttempts + 1 : ambiguousAttempts,
    link: link ?? undefined,
    report: report === null ? undefined : (JSON.parse(report) as PartReport),
  };
}
