/** Batches in the database: accepted, waiting, advancing, ended. */
import type { Database } from 'better-sqlite3';
import type { BatchId, BatchStatus, DiagnosticTally } from '../../protocol/vocabulary/index.ts';
import { batchSelector } from './batch-columns.ts';
import type { AcceptedBatch, BatchPace, BatchRecord } from './store.ts';
import { storedSettings } from './stored-settings.ts';
import type { ApplicationOrder, HeadBatch } from './sync-store.ts';
import { waitingBatches } from './waiting-batches.ts';

/** What a slice adds to a batch's numbers. */
const COUNTS = ['consumed', 'updated', 'created', 'not_found', 'failed', 'ignored', 'lost'] as const;
export type Advance = Record<(typeof COUNTS)[number], number>;

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

/** What the rows of a batch are listed by, in the database's own names. */
export interface BatchRow {
  readonly sequence: number;
  readonly status: BatchStatus;
  readonly batch_size: number;
  readonly consumed: number;
  readonly body: BatchRecord['body'];
  readonly body_name: string | null;
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
  const { select, update } = batchSelector(database, settingsTexts);
  const insert = database.prepare(
    `INSERT INTO batch (generation, batch_id, api, id_kind, status, batch_size, submitted_at, due_at, body, body_name,
       body_bytes, settings, diagnostics, pace, polls_left, faults)
     VALUES (?, ?, ?, ?, 'incomplete', ?, ?, ?, 'kept', ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertBody = database.prepare('INSERT INTO batch_body (sequence, bytes) VALUES (?, ?)');
  const selectWaiting = select(HEAD, "WHERE status = 'incomplete' ORDER BY sequence");
  const selectDiagnostics = select(['diagnostics'], 'WHERE sequence = ?');
  const insertOutcomes = database.prepare('INSERT INTO outcome_slice (sequence, consumed, words) VALUES (?, ?, ?)');
  const sliceNumbers = `${COUNTS.map((count) => `${count} = ${count} + ?`).join(', ')}, row_order = ?,
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
  const setDue = "UPDATE batch SET due_at = ? WHERE status = 'incomplete' AND ifnull(due_at > ?, 1)";
  const releaseAll = update(CHANGED, setDue);
  const releaseOne = update(CHANGED, `${setDue} AND generation = ?`);
  const updatePace = update(
    CHANGED,
    "UPDATE batch SET pace = ?, due_at = ?, polls_left = ? WHERE batch_id = ? AND status = 'incomplete'",
  );
  const updatePolls = update(
    CHANGED,
    `UPDATE batch SET polls_left = polls_left - 1, due_at = iif(polls_left = 1, ?, due_at)
     WHERE batch_id = ? AND status = 'incomplete' AND polls_left > 0`,
  );

  const waiting = waitingBatches(() => selectWaiting.all());
  /** Whether there were any. */
  const noteChanged = (changed: readonly Pick<HeadBatch, (typeof CHANGED)[number]>[]): boolean => {
    for (const batch of changed) waiting.change(batch);
    return changed.length > 0;
  };

  const sliceValues = (by: Advance, { order, words, diagnostics }: SliceTrace) => [
    ...COUNTS.map((count) => by[count]),
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
    diagnostics: (sequence) => selectDiagnostics.get(sequence)?.diagnostics ?? [],
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
      noteChanged(generation === undefined ? releaseAll(now, now) : releaseOne(now, now, generation));
    },
    pace: (batchId, { pace, dueAt, pollsLeft }) =>
      noteChanged(updatePace(JSON.stringify(pace), storedDueAt(dueAt), pollsLeft ?? null, batchId)),
    countPoll(batchId, now) {
      noteChanged(updatePolls(now, batchId));
    },
    dropped: (generation) => waiting.removeAll(generation),
    forget: () => waiting.forget(),
  };
}

const ENDED = 'body, body_bytes, outcome_bytes';
const CHANGED = ['generation', 'sequence', 'dueAt', 'sticks'] as const;

/** What is written of a batch that waits. */
const HEAD = [
  'sequence',
  'batchId',
  'client',
  'generation',
  'api',
  'idKind',
  'batchSize',
  'consumedCount',
  'dueAt',
  'sticks',
  'settings',
  'bodyBytes',
  'order',
  'faults',
] as const satisfies readonly (keyof HeadBatch)[];

const storedDueAt = (dueAt: number) => (Number.isFinite(dueAt) ? dueAt : null);
