/** What an upload remembers of itself while it runs, and, where it is given a place, after its process is gone. */
import type { PartBody } from '../plan/part-bodies.ts';
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

export interface Job {
  readonly id: string;
  readonly plan: UploadPlan;
  /** Whether it can be resumed by another process. */
  readonly isRemembered: boolean;
  /** In their order. */
  parts(): readonly PartRecord[];
  part(part: number): PartRecord;
  /** Not of a settled part. */
  body(part: number): PartBody;
  /** When it returns, it is written down. */
  record(part: number, change: Partial<Omit<PartRecord, 'part'>>): void;
  /** Writes the report down, then takes the part's bytes away. */
  settle(part: number, report: PartReport): Promise<void>;
  /** This run of it has ended, with this result. */
  close(result: string): void;
}

/** A job of this process alone. */
export function memoryJob(id: string, plan: UploadPlan, body: (part: number) => PartBody): Job {
  const records = new Map(plan.parts.map(({ part }) => [part, newRecord(part)]));
  const record: Job['record'] = (part, change) => void records.set(part, { ...records.get(part)!, ...change });
  return {
    id,
    plan,
    isRemembered: false,
    parts: () => [...records.values()],
    part: (part) => records.get(part)!,
    body,
    record,
    settle: async (part, report) => record(part, { state: 'settled', report }),
    close: () => undefined,
  };
}

export function newRecord(part: number): PartRecord {
  return { part, state: 'unsent', attempts: 0, ambiguousAttempts: 0, link: undefined, report: undefined };
}
