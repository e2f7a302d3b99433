/** What an upload remembers of itself while it runs, and, with a keeper, after its process is gone. */
import type { PartBodies } from '../plan/part-bodies.ts';
import type { UploadPlan } from '../plan/upload-plan.ts';
import type { PartReport } from '../report/upload-report.ts';

/**
 * - `unsent`: to be sent; `attempts` says whether that was tried.
 * - `sending`: on its way. Found so after a death: nobody knows whether it arrived.
 * - `accepted`: the service has it; its end is not known.
 * - `stuck`: the service says that it cannot finish it.
 * - `settled`: its end is known and its bytes are gone.
 */
export type PartProgress = 'unsent' | 'sending' | 'accepted' | 'stuck' | 'settled';

export interface PartRecord {
  readonly part: number;
  readonly state: PartProgress;
  /** In all runs of the job. */
  readonly attempts: number;
  readonly ambiguousAttempts: number;
  readonly link: string | undefined;
  /** Of a settled part. */
  readonly report: PartReport | undefined;
}

export interface JobKeeper {
  /** When it returns, it is written down. */
  write(record: PartRecord): void;
  /** Before a settled part is written down, and after: its rows go then. */
  settling(part: number): Promise<void>;
  settled(part: number): void;
  close(result: string, isEnded: boolean): void;
}

export class Job {
  readonly id: string;
  readonly plan: UploadPlan;
  /** Not of a settled part. */
  readonly body: PartBodies;
  readonly #keeper: JobKeeper | undefined;
  readonly #records: Map<number, PartRecord>;

  constructor(id: string, plan: UploadPlan, body: PartBodies, keeper?: JobKeeper, records?: readonly PartRecord[]) {
    this.id = id;
    this.plan = plan;
    this.body = body;
    this.#keeper = keeper;
    const fresh = { state: 'unsent', attempts: 0, ambiguousAttempts: 0, link: undefined, report: undefined } as const;
    const all = records ?? plan.parts.map(({ part }) => ({ part, ...fresh }));
    this.#records = new Map(all.map((record) => [record.part, record]));
  }

  /** Whether it can be resumed by another process. */
  get isRemembered(): boolean {
    return this.#keeper !== undefined;
  }

  /** In their order. */
  parts(): readonly PartRecord[] {
    return [...this.#records.values()];
  }

  part(part: number): PartRecord {
    return this.#records.get(part)!;
  }

  /** When it returns, it is written down. */
  record(part: number, change: Partial<Omit<PartRecord, 'part'>>): void {
    const record = { ...this.part(part), ...change };
    this.#keeper?.write(record);
    this.#records.set(part, record);
  }

  /** Writes the report down, then takes the part's bytes away. */
  async settle(part: number, report: PartReport): Promise<void> {
    await this.#keeper?.settling(part);
    this.record(part, { state: 'settled', report });
    this.#keeper?.settled(part);
  }

  /** What it came to in this run. A job without a part that could be sent or followed has ended. */
  close(result: string): void {
    const isEnded = this.parts().every(({ state }) => state === 'settled');
    this.#keeper?.close(result, isEnded);
  }
}

/** A job as it is stored. */
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

/** A part of it as it is stored. */
export interface PartRow {
  readonly part: number;
  readonly state: PartProgress;
  readonly attempts: number;
  readonly ambiguousAttempts: number;
  readonly link: string | null;
  readonly report: string | null;
}
