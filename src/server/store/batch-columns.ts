/** The columns of a batch: what others know of it, and what the queue alone asks for. */
import type {
  Api,
  BatchId,
  BatchStatus,
  ClientCode,
  DiagnosticTally,
  Progression,
  VisitorIdKind,
} from '../../protocol/vocabulary/index.ts';
import { BODY_FAILURES, type BodyFailure } from './body-check.ts';
import { type FieldsOf, json, optional, plain } from './columns.ts';
import type { StoredSettings } from './stored-settings.ts';

/** What its status tells, and what decides how it is told. */
export const progressColumns = {
  batchId: plain<BatchId>('batch_id'),
  client: plain<ClientCode>('code'),
  api: plain<Api>('api'),
  status: plain<BatchStatus>('status'),
  batchSize: plain<number>('batch_size'),
  consumedCount: plain<number>('consumed'),
  /** Rows that updated a profile or created one (cnt-created-as-success). */
  successfulUpdates: plain<number>('updated + created'),
  profilesNotFound: plain<number>('not_found'),
  failedUpdates: plain<number>('failed'),
  completedAt: optional<number>("iif(status = 'complete', ended_at, NULL)"),
  /** How it gets to its end; without one as the emulator was started. */
  pace: json<Progression>('batch.pace'),
  /** Status requests to come before it is due; undefined where none are counted. */
  pollsLeft: optional<number>('polls_left'),
};

/** What of a batch is kept under a bound. */
export const keptColumns = {
  sequence: plain<number>('sequence'),
  body: plain<'kept' | 'evicted'>('body'),
  bodyBytes: plain<number>('body_bytes'),
  bodyName: optional<string>('body_name'),
  outcomeBytes: plain<number>('outcome_bytes'),
  /** When it became complete or stuck. */
  endedAt: optional<number>('ended_at'),
};

/** All that others know of it. */
export const recordColumns = ({ read }: StoredSettings) => ({
  ...progressColumns,
  /** In the order of acceptance, from 1, over all clients. */
  sequence: plain<number>('sequence'),
  idKind: plain<VisitorIdKind>('id_kind'),
  createdProfiles: plain<number>('created'),
  /** Rows lost on purpose and silently: they count among `successfulUpdates`. */
  lostRows: plain<number>('lost'),
  /** Rows with nothing to write (our-empty-only-counters). Never on the API's own wire. */
  ignoredRows: plain<number>('ignored'),
  submittedAt: plain<number>('submitted_at'),
  /** Not applied before this time; Infinity for a manual pace. */
  dueAt: { sql: 'due_at', of: (stored: number | null) => stored ?? Number.POSITIVE_INFINITY },
  body: keptColumns.body,
  bodyBytes: keptColumns.bodyBytes,
  /** Why it is `stuck` where nobody asked for that: an operating failure, and what to do. */
  failure: {
    sql: 'failure',
    of: (code: BodyFailure | null) => (code === null ? undefined : { code, message: BODY_FAILURES[code] }),
  },
  /** The readings in force when it was accepted. */
  settings: { sql: 'batch.settings', of: read },
  diagnostics: { sql: 'diagnostics', of: (stored: string) => JSON.parse(stored) as readonly DiagnosticTally[] },
  /** Nothing unless faults were asked for. */
  faults: json<BatchFaults>('faults'),
});

/** What the store alone asks for as well. */
export const batchColumns = (settingsTexts: StoredSettings) => ({
  ...recordColumns(settingsTexts),
  /** Which life of the client code: `profileHash(generation, idKind)` gives the hasher of the batch's ids. */
  generation: plain<number>('batch.generation'),
  /** When it is due it is not applied but `stuck`. */
  sticks: { sql: "batch.pace ->> 'kind' = 'stuck'", of: (stored: number | null) => (stored === 1 ? true : undefined) },
  /** As the first slice said (`Slice.order`), stored with it; undefined before. Links may appear later: the order stays. */
  order: optional<ApplicationOrder>('row_order'),
  bodyChecksum: plain<number>('body_checksum'),
  ...keptColumns,
});

export type BatchFields = FieldsOf<ReturnType<typeof batchColumns>>;

/** Of a batch that waits, all but its client code and its settings, which whoever accepts it has at hand. */
export const HEAD_FIELDS = [
  'sequence',
  'batchId',
  'generation',
  'api',
  'idKind',
  'batchSize',
  'consumedCount',
  'dueAt',
  'sticks',
  'bodyBytes',
  'bodyChecksum',
  'order',
  'faults',
] as const satisfies readonly (keyof BatchFields)[];

/** As everywhere, a batch ends with the life of the client code it was accepted in. */
export const FROM_BATCH = 'FROM batch JOIN client ON client.generation = batch.generation';

/** Key order is fast; arrival order is for pcId batches of a client with links, where two ids may mean one profile. */
export type ApplicationOrder = 'key' | 'arrival';

/** What was asked to go wrong with a batch, drawn when it was accepted and stored with it. */
export interface BatchFaults {
  /** `stuck` after so many rows, in the order of application. */
  readonly stuckAfterRows?: number;
  readonly slow?: { readonly rowsPerStep: number; readonly everyMs: number };
  /** Lost rows count as if they had been written. */
  readonly silentLoss?: RowLoss;
  /** Lost rows count as failed. */
  readonly visibleLoss?: RowLoss;
}

/** The chance of each row that would be written, and the seed of its draws. */
export interface RowLoss {
  readonly share: number;
  readonly seed: number;
}
