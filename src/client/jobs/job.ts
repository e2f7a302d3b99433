/** What an upload remembers of itself while it runs; one that is stored (stored-job.ts) does so after its process is gone. */
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

export class Job {
  readonly id: string;
  readonly plan: UploadPlan;
  /** Not of a settled part. */
  readonly body: PartBodies;
  /** Whether another process can go on with it. */
  readonly isRemembered: boolean = false;
  readonly #records: Map<number, PartRecord>;

  constructor(id: string, plan: UploadPlan, body: PartBodies, records?: readonly PartRecord[]) {
    this.id = id;
    this.plan = plan;
    this.body = body;
    const fresh = { state: 'unsent', attempts: 0, ambiguousAttempts: 0, link: undefined, report: undefined } as const;
    const all = records ?? plan.parts.map(({ part }) => ({ part, ...fresh }));
    this.#records = new Map(all.map((record) => [record.part, record]));
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
    this.#records.set(part, { ...this.part(part), ...change });
  }

  /** Writes the report down, then takes the part's bytes away. */
  async settle(part: number, report: PartReport): Promise<void> {
    this.record(part, { state: 'settled', report });
  }

  /** What it came to in this run. */
  close(_result: string): void {}
}

/** When it began, and a little chance, so that names sort by age: `20260101-093015-k3f9x`. `epochMs` counts from 1970, UTC. */
export function jobId(epochMs: number, random: { next(): number }): string {
  const time = new Date(epochMs).toISOString().slice(0, -5).replaceAll(/[-:]/g, '').replace('T', '-');
  const tail = Array.from({ length: 5 }, () => LETTERS[Math.floor(random.next() * LETTERS.length)]).join('');
  return `${time}-${tail}`;
}

/** Without those that are read as another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Whether a text may be one: it also names a folder. */
export const isJobId = (text: string): boolean => /^\d{8}-\d{6}-[a-z2-9]{5}$/.test(text);
