/** What would be sent: the result of reading it, and all that a dry run shows. */
import type { VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import type { ProblemTally } from '../read/input-problem.ts';
import type { InputFormat } from '../read/open-table.ts';
import type { InputWarning } from './input-warning.ts';

export interface PlannedColumn {
  /** As the input calls it. */
  readonly column: string;
  /** As the profile will call it. */
  readonly attribute: string;
}

export interface PlannedPart {
  /** From 1. */
  readonly part: number;
  readonly rows: number;
  /** Encoded bytes, `batch=` and header row included. */
  readonly bytes: number;
  /** Rows without any value: the service ignores them (empty-only-skipped). */
  readonly emptyRows: number;
}

export interface UploadPlan {
  readonly kind: 'plan';
  /** The input's name as given. */
  readonly input: string;
  /** Of the first file. */
  readonly format: InputFormat;
  /** Of a CSV. */
  readonly delimiter: string | undefined;
  readonly idKind: VisitorIdKind;
  readonly idColumn: string;
  readonly columns: readonly PlannedColumn[];
  readonly parts: readonly PlannedPart[];
  /** Rows that will be sent, in all parts. */
  readonly rows: number;
  readonly bytes: number;
  /** Rows left out because of `onProblem: 'skip'`. */
  readonly skippedRows: number;
  /** Visitors among the rows; undefined for more than two million rows. */
  readonly distinctIds: number | undefined;
  /** Of the rows left out. */
  readonly problems: ProblemTally;
  /** What is sent and was hardly meant so. */
  readonly warnings: readonly InputWarning[];
  /** How long the calls alone take at the pace: one submission and one status request for each part to send. */
  readonly minutesAtPace: number;
  /** The header row and the first rows as they will be sent. */
  readonly sample: readonly string[];
}

/** Data rows shown in a plan's sample. */
export const SAMPLE_ROWS = 5;
