/** What can be asked of a state folder: its jobs begun, resumed, listed and forgotten, and whose ids meet. */
import type { UploadPlan } from '../plan/upload-plan.ts';
import type { CallLedger } from '../send/call-ledger.ts';
import type { PrivateDirectory } from '../spool/private-directory.ts';
import type { Job, PartProgress } from './job.ts';

export interface Jobs {
  close(): void;
  ledger(account: string): CallLedger;
  begin(about: { readonly account: string; readonly input: string; readonly options: object }): PreparingJob;
  /** `latest` is the youngest that can be resumed. @throws `job-unknown`, `job-busy` */
  resume(which: string): ResumedJob;
  /** Youngest first. */
  list(): readonly JobSummary[];
  /** @throws `job-unknown` */
  show(which: string): JobSummary;
  /** Takes the job and its rows away. @throws `job-unknown`, `job-busy` */
  forget(which: string): void;
  /** Takes away what a death left, rows nobody has resumed for `keepMs`, and of finished jobs all but the latest 1,000. */
  sweep(keepMs: number, finishedMax?: number): void;
  /** Earlier jobs of the account whose ids the service, or a process, is still working at. */
  before(job: Job): Promise<readonly Meeting[]>;
  /** Later jobs of the account that have written ids which parts of this one are still to write. */
  after(job: Job): Promise<readonly Meeting[]>;
}

export interface ResumedJob extends Job {
  readonly options: Record<string, unknown>;
  readonly digest: string;
  /** Nothing was done. */
  release(): void;
}

/** What is told of a job. */
export interface JobSummary {
  readonly id: string;
  readonly account: string;
  /** `running` while a process works at it; `open` where it can be resumed; else `ended`. */
  readonly state: 'running' | 'open' | 'ended';
  /** What it came to last; empty where no run of it has ended. */
  readonly result: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly changedAt: number;
  /** Of this program, which encoded its rows. */
  readonly version: string;
  readonly input: string;
  /** SHA-256 of the input's bytes. */
  readonly digest: string;
  readonly rows: number;
  readonly parts: readonly JobPartSummary[];
}

export interface JobPartSummary {
  readonly part: number;
  readonly rows: number;
  readonly bytes: number;
  readonly state: PartProgress;
  readonly attempts: number;
  readonly ambiguousAttempts: number;
  readonly link: string | undefined;
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
