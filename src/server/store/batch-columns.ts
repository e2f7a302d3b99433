/** The columns of a batch, each spelled once: its name in the house, its place in the database, how one becomes the other. */
import type { Database } from 'better-sqlite3';
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
import type { BatchFaults, BatchRecord } from './store.ts';
import { type StoredSettings, storedSettings } from './stored-settings.ts';
import type { ApplicationOrder } from './sync-store.ts';

function batchColumns(settingsTexts: StoredSettings) {
  return {
    sequence: plain<number>('sequence'),
    batchId: plain<BatchId>('batch_id'),
    client: plain<ClientCode>('code'),
    generation: plain<number>('batch.generation'),
    api: plain<Api>('api'),
    idKind: plain<VisitorIdKind>('id_kind'),
    status: plain<BatchStatus>('status'),
    batchSize: plain<number>('batch_size'),
    consumedCount: plain<number>('consumed'),
    // cnt-created-as-success
    successfulUpdates: plain<number>('updated + created'),
    createdProfiles: plain<number>('created'),
    lostRows: plain<number>('lost'),
    profilesNotFound: plain<number>('not_found'),
    failedUpdates: plain<number>('failed'),
    ignoredRows: plain<number>('ignored'),
    submittedAt: plain<number>('submitted_at'),
    dueAt: { sql: 'due_at', of: (stored: number | null) => stored ?? Number.POSITIVE_INFINITY },
    pace: { sql: 'batch.pace', of: (stored: string | null) => parsed(stored) as Progression | undefined },
    sticks: { sql: "batch.pace ->> 'kind' = 'stuck'", of: (stored: number | null) => stored === 1 },
    pollsLeft: optional<number>('polls_left'),
    completedAt: optional<number>("iif(status = 'complete', ended_at, NULL)"),
    order: optional<ApplicationOrder>('row_order'),
    body: plain<BatchRecord['body']>('body'),
    bodyBytes: plain<number>('body_bytes'),
    bodyChecksum: optional<number>('body_checksum'),
    failure: {
      sql: 'failure',
      of: (code: BodyFailure | null) => (code === null ? undefined : { code, message: BODY_FAILURES[code] }),
    },
    settings: { sql: 'batch.settings', of: settingsTexts.read },
    diagnostics: { sql: 'diagnostics', of: (stored: string) => JSON.parse(stored) as DiagnosticTally[] },
    faults: { sql: 'faults', of: (stored: string | null) => parsed(stored) as BatchFaults | undefined },
  };
}

type Columns = ReturnType<typeof batchColumns>;
type BatchField = keyof Columns;
type Fields<Field extends BatchField> = { readonly [Name in Field]: ReturnType<Columns[Name]['of']> };

export interface BatchSelector {
  /** `rest` is the SQL that follows the table's name. */
  select<Field extends BatchField>(
    fields: readonly Field[],
    rest: string,
  ): { get(...values: Values): Fields<Field> | undefined; all(...values: Values): Fields<Field>[] };
  /** `change` is the SQL of an UPDATE; gives the fields of each row that it changed. */
  update<Field extends Exclude<BatchField, 'client'>>(
    fields: readonly Field[],
    change: string,
  ): (...values: Values) => Fields<Field>[];
  /** Those that a `BatchRecord` has. */
  readonly recordFields: readonly RecordField[];
}

type Values = readonly (number | string | null)[];

/** What the queue alone asks for is no part of a record. */
const OF_THE_QUEUE = ['generation', 'sticks', 'order', 'bodyChecksum'] as const satisfies readonly BatchField[];
type RecordField = Exclude<BatchField, (typeof OF_THE_QUEUE)[number]>;

/** As everywhere, a batch ends with the life of the client code it was accepted in. */
export const FROM_BATCH = 'FROM batch JOIN client ON client.generation = batch.generation';

export function batchSelector(database: Database, settingsTexts = storedSettings()): BatchSelector {
  const columns = batchColumns(settingsTexts);
  const sqlOf = (fields: readonly BatchField[]) => fields.map((field) => columns[field].sql).join(', ');
  const mapper =
    <Field extends BatchField>(fields: readonly Field[]) =>
    (stored: readonly never[]): Fields<Field> => {
      const record: Partial<Record<Field, unknown>> = {};
      for (let at = 0; at < fields.length; at += 1) record[fields[at]!] = columns[fields[at]!].of(stored[at]!);
      return record as Fields<Field>;
    };
  return {
    select(fields, rest) {
      const statement = database.prepare<unknown[], readonly never[]>(`SELECT ${sqlOf(fields)} ${FROM_BATCH} ${rest}`);
      const [rows, recordOf] = [statement.raw(), mapper(fields)];
      return {
        get(...values) {
          const stored = rows.get(...values);
          return stored && recordOf(stored);
        },
        all: (...values) => rows.all(...values).map(recordOf),
      };
    },
    update(fields, change) {
      const rows = database.prepare<unknown[], readonly never[]>(`${change} RETURNING ${sqlOf(fields)}`).raw();
      const recordOf = mapper(fields);
      return (...values) => rows.all(...values).map(recordOf);
    },
    recordFields: (Object.keys(columns) as BatchField[]).filter(isOfRecord),
  };
}

function isOfRecord(field: BatchField): field is RecordField {
  return !(OF_THE_QUEUE as readonly BatchField[]).includes(field);
}

const plain = <Value extends number | string>(sql: string) => ({ sql, of: (stored: Value) => stored });

const optional = <Value extends number | string>(sql: string) => ({
  sql,
  of: (stored: Value | null) => stored ?? undefined,
});

const parsed = (stored: string | null): unknown => (stored === null ? undefined : JSON.parse(stored));
