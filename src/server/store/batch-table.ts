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
import { storedSettings } from './stored-settings.ts';
import type { ApplicationOrder, HeadBatch } from './sync-store.ts';
import { waitingBatches } from './waiting-batches.ts';

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

/** What a slice leaves besides its numbers. */
export interface SliceTrace {
  readonly order: ApplicationOrder;
  readonly words: Uint8Array;
  /** All of the batch so far; undefined where the slice added none. */
  readonly diagnostics: readonly DiagnosticTally[] | undefined;
}

/** What is still kept of a batch that has ended. */
export interface EndedBatch {
  readonly body: BatchRecord['body'];
  readonly body_bytes: number;
  readonly outcome_bytes: number;
}

export interface BatchTable {
  accept(batch: AcceptedBatch, generation: number): void;
  diagnostics(sequence: number): readonly DiagnosticTally[];
  /** Throws, as `finish` does, where the batch is gone or stands elsewhere: `jobs/` lost count. */
  advance(batch: HeadBatch, by: Advance, trace: SliceTrace, dueAt: number | undefined): void;
  /** Its last slice. */
  finish(batch: HeadBatch, by: Advance, trace: SliceTrace, end: BatchEnd): EndedBatch;
  /** Without another slice. */
  end(sequence: number, end: BatchEnd): EndedBatch;
  heads(): readonly HeadBatch[];
  release(now: number, generation: number | undefined): void;
  pace(batchId: BatchId, pace: BatchPace): boolean;
  countPoll(batchId: BatchId, now: number): void;
  /** Its client code was dropped. */
  dropped(generation: number): void;
  /** Forgets what is in memory, after a rollback. */
  forget(): void;
}

export interface BatchEnd {
  readonly status: 'complete' | 'stuck';
  readonly now: number;
}

export function batchTable(database: Database): BatchTable {
  const settingsTexts = storedSettings();
  const insert = database.prepare(
    `INSERT INTO batch (generation, batch_id, api, id_kind, status, batch_size, submitted_at, due_at, body, body_name,
       body_bytes, settings, diagnostics, pace, polls_left, faults)
     VALUES (?, ?, ?, ?, 'incomplete', ?, ?, ?, 'kept', ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertBody = database.prepare('INSERT INTO batch_body (sequence, bytes) VALUES (?, ?)');
  const selectWaiting = database.prepare<[], BatchRow>(
    `${SELECT_BATCH} WHERE batch.status = 'incomplete' ORDER BY batch.sequence`,
  );
  const selectDiagnostics = database
    .prepare<[number], string>('SELECT diagnostics FROM batch WHERE sequence = ?')
    .pluck();
  const insertOutcomes = database.prepare('INSERT INTO outcome_slice (sequence, consumed, words) VALUES (?, ?, ?)');
  const sliceNumbers = `consumed = consumed + ?, updated = updated + ?, created = created + ?,
    not_found = not_found + ?, failed = failed + ?, ignored = ignored + ?, lost = lost + ?, row_order = ?,
    outcome_bytes = outcome_bytes + ?, diagnostics = ifnull(?, diagnostics)`;
  const whereItStands = "WHERE sequence = ? AND consumed = ? AND status = 'incomplete'";
  const updateAdvance = database.prepare(
    `UPDATE batch SET ${sliceNumbers}, due_at = ifnull(?, due_at) ${whereItStands}`,
  );
  // A trigger counts what waits whenever a status is set: that is done with the end alone.
  const updateFinish = database.prepare<unknown[], EndedBatch>(
    `UPDATE batch SET ${sliceNumbers}, status = ?, ended_at = ? ${whereItStands} RETURNING ${ENDED}`,
  );
  const updateEnd = database.prepare<[string, number, number], EndedBatch & { readonly generation: number }>(
    `UPDATE batch SET status = ?, ended_at = ? WHERE sequence = ? RETURNING generation, ${ENDED}`,
  );
  const releaseAll = database.prepare<[number, number], ChangedBatch>(
    `UPDATE batch SET due_at = ? WHERE status = 'incomplete' AND ifnull(due_at > ?, 1) RETURNING ${CHANGED}`,
  );
  const releaseOne = database.prepare<[number, number, number], ChangedBatch>(
    `UPDATE batch SET due_at = ? WHERE status = 'incomplete' AND ifnull(due_at > ?, 1) AND generation = ?
     RETURNING ${CHANGED}`,
  );
  const updatePace = database.prepare<[string, number | null, number | null, string], ChangedBatch>(
    `UPDATE batch SET pace = ?, due_at = ?, polls_left = ? WHERE batch_id = ? AND status = 'incomplete'
     RETURNING ${CHANGED}`,
  );
  const updatePolls = database.prepare<[number, string], ChangedBatch>(
    `UPDATE batch SET polls_left = polls_left - 1, due_at = iif(polls_left = 1, ?, due_at)
     WHERE batch_id = ? AND status = 'incomplete' AND polls_left > 0 RETURNING ${CHANGED}`,
  );

  const waiting = waitingBatches(() =>
    selectWaiting.all().map((row) => headBatch(row, settingsTexts.read(row.settings))),
  );
  /** Whether there were any. */
  const noteChanged = (rows: readonly ChangedBatch[]): boolean => {
    for (const row of rows) waiting.change(row, { dueAt: knownDueAt(row), sticks: isStuckPace(row) });
    return rows.length > 0;
  };

  const sliceValues = (by: Advance, { order, words, diagnostics }: SliceTrace) => [
    by.consumed,
    by.updated,
    by.created,
    by.not_found,
    by.failed,
    by.ignored,
    by.lost,
    order,
    words.byteLength,
    diagnostics === undefined ? null : JSON.stringify(diagnostics),
  ];
  const keepOutcomes = ({ sequence, consumedCount }: HeadBatch, { words }: SliceTrace) => {
    if (words.byteLength > 0) insertOutcomes.run(sequence, consumedCount, words);
  };
  const notWaiting = ({ batchId, consumedCount }: HeadBatch) =>
    new Error(`batch ${batchId} has no slice waiting after ${consumedCount} rows`);

  return {
    accept(batch, generation) {
      const { body } = batch;
      const isInline = body.kind === 'inline';
      const bodyBytes = isInline ? body.bytes.byteLength : body.byteLength;
      const settings = settingsTexts.write(batch.settings);
      const { lastInsertRowid } = insert.run(
        generation,
        batch.batchId,
        batch.api,
        batch.idKind,
        batch.batchSize,
        batch.submittedAt,
        storedDueAt(batch.dueAt),
        isInline ? null : body.name,
        bodyBytes,
        settings,
        JSON.stringify(batch.diagnostics),
        batch.pace === undefined ? null : JSON.stringify(batch.pace),
        batch.pollsLeft ?? null,
        batch.faults === undefined ? null : JSON.stringify(batch.faults),
      );
      if (isInline) insertBody.run(lastInsertRowid, body.bytes);
      waiting.put({
        sequence: Number(lastInsertRowid),
        batchId: batch.batchId,
        client: batch.client,
        generation,
        api: batch.api,
        idKind: batch.idKind,
        batchSize: batch.batchSize,
        consumedCount: 0,
        dueAt: batch.dueAt,
        settings: settingsTexts.read(settings),
        bodyBytes,
        order: undefined,
        sticks: batch.pace?.kind === 'stuck',
        faults: batch.faults,
      });
    },
    diagnostics: (sequence) => JSON.parse(selectDiagnostics.get(sequence) ?? '[]') as DiagnosticTally[],
    advance(batch, by, trace, dueAt) {
      const where = [batch.sequence, batch.consumedCount];
      if (updateAdvance.run(...sliceValues(by, trace), dueAt ?? null, ...where).changes === 0) throw notWaiting(batch);
      keepOutcomes(batch, trace);
      const consumedCount = batch.consumedCount + by.consumed;
      waiting.put({ ...batch, consumedCount, order: trace.order, dueAt: dueAt ?? batch.dueAt });
    },
    finish(batch, by, trace, { status, now }) {
      const where = [batch.sequence, batch.consumedCount];
      const ended = updateFinish.get(...sliceValues(by, trace), status, now, ...where);
      if (ended === undefined) throw notWaiting(batch);
      keepOutcomes(batch, trace);
      waiting.remove(batch);
      return ended;
    },
    end(sequence, { status, now }) {
      const ended = updateEnd.get(status, now, sequence)!;
      waiting.remove({ generation: ended.generation, sequence });
      return ended;
    },
    heads: () => waiting.heads(),
    release(now, generation) {
      noteChanged(generation === undefined ? releaseAll.all(now, now) : releaseOne.all(now, now, generation));
    },
    pace: (batchId, { pace, dueAt, pollsLeft }) =>
      noteChanged(updatePace.all(JSON.stringify(pace), storedDueAt(dueAt), pollsLeft ?? null, batchId)),
    countPoll(batchId, now) {
      noteChanged(updatePolls.all(now, batchId));
    },
    dropped: (generation) => waiting.removeAll(generation),
    forget: () => waiting.forget(),
  };
}

const ENDED = 'body, body_bytes, outcome_bytes';
const CHANGED = 'generation, sequence, due_at, pace';
type ChangedBatch = Pick<BatchRow, 'generation' | 'sequence' | 'due_at' | 'pace'>;

const storedDueAt = (dueAt: number) => (Number.isFinite(dueAt) ? dueAt : null);

const knownDueAt = ({ due_at }: Pick<BatchRow, 'due_at'>) => due_at ?? Number.POSITIVE_INFINITY;

const paceOf = ({ pace }: Pick<BatchRow, 'pace'>) => (pace === null ? undefined : (JSON.parse(pace) as Progression));

const isStuckPace = (row: Pick<BatchRow, 'pace'>) => paceOf(row)?.kind === 'stuck';

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
    dueAt: knownDueAt(row),
    settings,
    bodyBytes: row.body_bytes,
    order: row.row_order ?? undefined,
    sticks: isStuckPace(row),
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
    dueAt: knownDueAt(row),
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
