/** Batches in the database: accepted, waiting, advancing, ended. */
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
import type { AcceptedBatch, BatchFaults, BatchPace, BatchRecord } from './store.ts';
import { storedSettings, writeSettingsText } from './stored-settings.ts';
import type { ApplicationOrder, HeadBatch } from './sync-store.ts';

/** One row joined with its client code; what the database calls things. */
export interface BatchRow {
  readonly sequence: number;
  readonly client: ClientCode;
  readonly generation: number;
  readonly batch_id: BatchId;
  readonly api: Api;
  readonly id_kind: VisitorIdKind;
  readonly status: BatchStatus;
  readonly batch_size: number;
  readonly consumed: number;
  readonly updated: number;
  readonly created: number;
  readonly not_found: number;
  readonly failed: number;
  readonly ignored: number;
  readonly lost: number;
  readonly submitted_at: number;
  readonly due_at: number | null;
  readonly ended_at: number | null;
  readonly row_order: ApplicationOrder | null;
  readonly body: BatchRecord['body'];
  readonly body_name: string | null;
  readonly body_bytes: number;
  readonly outcome_bytes: number;
  readonly settings: string;
  readonly diagnostics: string;
  readonly pace: string | null;
  readonly polls_left: number | null;
  readonly faults: string | null;
}

/** Every column of a batch whose client code still lives in the life it was accepted in. */
export const SELECT_BATCH =
  'SELECT batch.*, client.code AS client FROM batch JOIN client ON client.generation = batch.generation';

/** What a slice adds to a batch's numbers. */
export interface Advance {
  consumed: number;
  updated: number;
  created: number;
  not_found: number;
  failed: number;
  ignored: number;
  lost: number;
}

export interface BatchTable {
  accept(batch: AcceptedBatch, generation: number): void;
  /** The batch a slice is for. Throws where it is gone or stands elsewhere: `jobs/` lost count. */
  applying(head: HeadBatch): BatchRow;
  advance(row: BatchRow, by: Advance, order: ApplicationOrder, words: Uint8Array, diagnostics: string): void;
  delay(sequence: number, dueAt: number): void;
  end(sequence: number, status: 'complete' | 'stuck', now: number): void;
  heads(): readonly HeadBatch[];
  release(now: number, generation: number | undefined): void;
  pace(batchId: BatchId, pace: BatchPace): boolean;
  countPoll(batchId: BatchId, now: number): void;
}

export function batchTable(database: Database): BatchTable {
  const settingsTexts = storedSettings();
  const insert = database.prepare(
    `INSERT INTO batch (generation, batch_id, api, id_kind, status, batch_size, submitted_at, due_at, body, body_name,
       body_bytes, settings, diagnostics, pace, polls_left, faults)
     VALUES (?, ?, ?, ?, 'incomplete', ?, ?, ?, 'kept', ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertBody = database.prepare('INSERT INTO batch_body (sequence, bytes) VALUES (?, ?)');
  const selectOne = database.prepare<[number], BatchRow>(`${SELECT_BATCH} WHERE batch.sequence = ?`);
  const update = database.prepare(
    `UPDATE batch SET consumed = consumed + ?, updated = updated + ?, created = created + ?, not_found = not_found + ?,
       failed = failed + ?, ignored = ignored + ?, lost = lost + ?, row_order = ?,
       outcome_bytes = outcome_bytes + ?, diagnostics = ?
     WHERE sequence = ?`,
  );
  const insertOutcomes = database.prepare('INSERT INTO outcome_slice (sequence, consumed, words) VALUES (?, ?, ?)');
  const updateDueAt = database.prepare('UPDATE batch SET due_at = ? WHERE sequence = ?');
  const updateEnd = database.prepare('UPDATE batch SET status = ?, ended_at = ? WHERE sequence = ?');
  // One look into the index for each client that has something waiting, however much it is.
  const selectHeads = database.prepare<[], BatchRow>(
    `WITH RECURSIVE waiting (generation) AS (
       SELECT min(generation) FROM batch WHERE status = 'incomplete'
       UNION ALL
       SELECT (SELECT min(generation) FROM batch WHERE status = 'incomplete' AND generation > waiting.generation)
       FROM waiting WHERE waiting.generation IS NOT NULL
     )
     ${SELECT_BATCH} WHERE batch.sequence IN (
       SELECT (SELECT min(sequence) FROM batch WHERE status = 'incomplete' AND generation = waiting.generation)
       FROM waiting
     ) ORDER BY batch.sequence`,
  );
  const releaseAll = database.prepare(
    "UPDATE batch SET due_at = ? WHERE status = 'incomplete' AND ifnull(due_at > ?, 1)",
  );
  const releaseOne = database.prepare(
    "UPDATE batch SET due_at = ? WHERE status = 'incomplete' AND ifnull(due_at > ?, 1) AND generation = ?",
  );

  const updatePace = database.prepare(
    "UPDATE batch SET pace = ?, due_at = ?, polls_left = ? WHERE batch_id = ? AND status = 'incomplete'",
  );
  const updatePolls = database.prepare(
    `UPDATE batch SET polls_left = polls_left - 1, due_at = iif(polls_left = 1, ?, due_at)
     WHERE batch_id = ? AND status = 'incomplete' AND polls_left > 0`,
  );

  return {
    accept(batch, generation) {
      const { body } = batch;
      const isInline = body.kind === 'inline';
      const { lastInsertRowid } = insert.run(
        generation,
        batch.batchId,
        batch.api,
        batch.idKind,
        batch.batchSize,
        batch.submittedAt,
        storedDueAt(batch.dueAt),
        isInline ? null : body.name,
        isInline ? body.bytes.byteLength : body.byteLength,
        writeSettingsText(batch.settings),
        JSON.stringify(batch.diagnostics),
        batch.pace === undefined ? null : JSON.stringify(batch.pace),
        batch.pollsLeft ?? null,
        batch.faults === undefined ? null : JSON.stringify(batch.faults),
      );
      if (isInline) insertBody.run(lastInsertRowid, body.bytes);
    },
    applying(head) {
      const row = selectOne.get(head.sequence);
      if (row === undefined || row.status !== 'incomplete' || row.consumed !== head.consumedCount) {
        throw new Error(`batch ${head.batchId} has no slice waiting after ${head.consumedCount} rows`);
      }
      return row;
    },
    advance(row, by, order, words, diagnostics) {
      if (words.byteLength > 0) insertOutcomes.run(row.sequence, row.consumed, words);
      update.run(
        by.consumed,
        by.updated,
        by.created,
        by.not_found,
        by.failed,
        by.ignored,
        by.lost,
        order,
        words.byteLength,
        diagnostics,
        row.sequence,
      );
    },
    delay(sequence, dueAt) {
      updateDueAt.run(dueAt, sequence);
    },
    end(sequence, status, now) {
      updateEnd.run(status, now, sequence);
    },
    heads: () => selectHeads.all().map((row) => headBatch(row, settingsTexts.read(row.settings))),
    release(now, generation) {
      if (generation === undefined) releaseAll.run(now, now);
      else releaseOne.run(now, now, generation);
    },
    pace: (batchId, { pace, dueAt, pollsLeft }) =>
      updatePace.run(JSON.stringify(pace), storedDueAt(dueAt), pollsLeft ?? null, batchId).changes > 0,
    countPoll(batchId, now) {
      updatePolls.run(now, batchId);
    },
  };
}

const storedDueAt = (dueAt: number) => (Number.isFinite(dueAt) ? dueAt : null);

const paceOf = ({ pace }: BatchRow) => (pace === null ? undefined : (JSON.parse(pace) as Progression));

function headBatch(row: BatchRow, settings: HeadBatch['settings']): HeadBatch {
  return {
    sequence: row.sequence,
    batchId: row.batch_id,
    client: row.client,
    generation: row.generation,
    api: row.api,
    idKind: row.id_kind,
    batchSize: row.batch_size,
    consumedCount: row.consumed,
    dueAt: row.due_at ?? Number.POSITIVE_INFINITY,
    settings,
    bodyBytes: row.body_bytes,
    order: row.row_order ?? undefined,
    sticks: paceOf(row)?.kind === 'stuck',
    faults: batchFaults(row),
  };
}

export function batchRecord(
  row: BatchRow,
  settings: BatchRecord['settings'],
  overrides: BatchRecord['overrides'],
): BatchRecord {
  return {
    sequence: row.sequence,
    batchId: row.batch_id,
    client: row.client,
    api: row.api,
    idKind: row.id_kind,
    status: row.status,
    batchSize: row.batch_size,
    consumedCount: row.consumed,
    // cnt-created-as-success
    successfulUpdates: row.updated + row.created,
    createdProfiles: row.created,
    lostRows: row.lost,
    profilesNotFound: row.not_found,
    failedUpdates: row.failed,
    ignoredRows: row.ignored,
    submittedAt: row.submitted_at,
    dueAt: row.due_at ?? Number.POSITIVE_INFINITY,
    pace: paceOf(row),
    pollsLeft: row.polls_left ?? undefined,
    completedAt: row.status === 'complete' ? (row.ended_at ?? undefined) : undefined,
    body: row.body,
    bodyBytes: row.body_bytes,
    settings,
    diagnostics: JSON.parse(row.diagnostics) as DiagnosticTally[],
    overrides,
    faults: batchFaults(row),
  };
}

function batchFaults({ faults }: BatchRow): BatchFaults | undefined {
  return faults === null ? undefined : (JSON.parse(faults) as BatchFaults);
}
