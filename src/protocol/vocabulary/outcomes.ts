/** What can become of a request, a batch and a row: values, never exceptions. */
import type { RuleId } from './rule-ids.ts';

/** Lower case on the wire (st-values). `stuck` only ever comes from a fault. */
export type BatchStatus = 'incomplete' | 'complete' | 'stuck';

/** What became of one data row. `lost` is a row the emulator lost on purpose. */
export const ROW_OUTCOMES = ['updated', 'created', 'not-found', 'failed', 'ignored', 'lost'] as const;
export type RowOutcome = (typeof ROW_OUTCOMES)[number];

/** The API's five counters (res-status-details), and ours for rows that held nothing to write. */
export interface Counters {
  readonly batchSize: number;
  readonly consumedCount: number;
  /** Rows that updated a profile or created one (cnt-created-as-success). */
  readonly successfulUpdates: number;
  readonly profilesNotFound: number;
  readonly failedUpdates: number;
  /** Rows with nothing to write (our-empty-only-counters). Never on the API's own wire. */
  readonly ignoredRows: number;
}

/** Where in a batch file: `row` counts data rows from 1 (0 is the header row), `column` counts from 1. */
export interface Position {
  readonly row?: number;
  readonly column?: number;
}

/** The API refuses a whole request. */
export interface Rejection {
  readonly kind: 'rejection';
  readonly rule: RuleId;
  /** One sentence for a person: what, where, what to do. */
  readonly message: string;
  readonly where?: Position;
}

/** The API refuses one row; the batch goes on. */
export interface RowFailure {
  readonly kind: 'failed';
  readonly rule: RuleId;
  /** From 1; 0 when the fault is not in one cell. */
  readonly column: number;
}

/** Something worth knowing that changed no answer. */
export interface Diagnostic extends Position {
  readonly rule: RuleId;
}

/** How often a rule was noted in one batch, with the first positions; the rest is only counted. */
export interface DiagnosticTally {
  readonly rule: RuleId;
  readonly count: number;
  readonly first: readonly Position[];
}

/** Positions kept for each rule and batch. */
export const DIAGNOSTIC_POSITIONS_MAX = 100;
