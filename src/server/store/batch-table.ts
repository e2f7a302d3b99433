/** Batches in the database: accepted, waiting, advancing, ended. */
import type { Database } from 'better-sqlite3';
import type { BatchId, BatchStatus, DiagnosticTally } from '../../protocol/vocabulary/index.ts';
import { type ApplicationOrder, batchColumns, FROM_BATCH, HEAD_FIELDS } from './batch-columns.ts';
import { type BodyFailure, storedBody } from './body-check.ts';
import { jsonText } from './columns.ts';
import { insertion, recordStatements, statements } from './statements.ts';
import type { AcceptedBatch, BatchPace } from './store.ts';
import type { EndedBatch } from './retention.ts';
import { storedSettings } from './stored-settings.ts';
import type { HeadBatch } from './sync-store.ts';

/** What a slice adds to a batch's numbers. */
const COUNTS = ['consumed', 'updated', 'created', 'not_found', 'failed', 'ignored', 'lost'] as const;
export type Advance = Record<(typeof COUNTS)[number], number>;

/** What a slice leaves besides its numbers. */
interface SliceTrace {
  readonly order: ApplicationOrder;
  readonly words: Uint8Array;
  /** All of the batch so far; undefined where the slice added none. */
  readonly diagnostics: readonly DiagnosticTally[] | undefined;
}

export type BatchTable = ReturnType<typeof batchTable>;

export function batchTable(database: Database) {
  const settingsTexts = storedSettings();
  const { prepare } = statements(database);
  const { select, returning } = recordStatements(database, batchColumns(settingsTexts), FROM_BATCH);
  const insert = returning(
    insertion(
      'batch',
      `generation, batch_id, api, id_kind, status, batch_size, submitted_at, due_at, body, body_name, body_bytes, body_checksum,
       settings, diagnostics, pace, polls_left, faults`,
    ),
    HEAD_FIELDS,
  );
  const insertBody = prepare('INSERT INTO batch_body (sequence, bytes) VALUES (?, ?)');
  const selectWaiting = select("WHERE status = 'incomplete' ORDER BY sequence", [...HEAD_FIELDS, 'client', 'settings']);
  const selectDiagnostics = select('WHERE sequence = ?', ['diagnostics']);
  const insertOutcomes = prepare('INSERT INTO outcome_slice (sequence, consumed, words) VALUES (?, ?, ?)');
  const sliceNumbers = `${COUNTS.map((count) => `${count} = ${count} + ?`).join(', ')}, row_order = ?,
    outcome_bytes = outcome_bytes + ?, diagnostics = ifnull(?, diagnostics)`;
  const whereItStands = "WHERE sequence = ? AND consumed = ? AND status = 'incomplete'";
  const updateAdvance = prepare(`UPDATE batch SET ${sliceNumbers}, due_at = ifnull(?, due_at) ${whereItStands}`);
  // A trigger counts what waits whenever a status is set: that is done with the end alone.
  const updateFinish = returning(`UPDATE batch SET ${sliceNumbers}, status = ?, ended_at = ? ${whereItStands}`, ENDED);
  const updateAbandoned = returning(
    "UPDATE batch SET status = 'stuck', ended_at = ?, failure = ? WHERE sequence = ?",
    ENDED,
  );
  // What is released waits for nothing any more: it is as due as if it had been so at once. Its pace still says how its
  // first status is told, and that one shall be stuck.
  const setDue = `UPDATE batch SET due_at = min(submitted_at, ?), polls_left = NULL
    WHERE status = 'incomplete' AND ifnull(due_at > ?, 1)`;
  const releaseAll = returning(setDue, CHANGED);
  const releaseOne = returning(`${setDue} AND generation = ?`, CHANGED);
  const updateWaits = returning(
    "UPDATE batch SET due_at = ? + due_at - submitted_at WHERE status = 'incomplete' AND submitted_at > ? AND due_at > ?",
    CHANGED,
  );
  const updatePace = returning(
    "UPDATE batch SET pace = ?, due_at = ?, polls_left = ? WHERE batch_id = ? AND status = 'incomplete'",
    CHANGED,
  );
  const updatePolls = returning(
    `UPDATE batch SET polls_left = polls_left - 1, due_at = iif(polls_left = 1, ?, due_at)
     WHERE batch_id = ? AND status = 'incomplete' AND polls_left > 0`,
    CHANGED,
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
    jsonText(diagnostics),
  ];
  const keepOutcomes = ({ sequence, consumedCount }: HeadBatch, { words }: SliceTrace) => {
    if (words.byteLength > 0) insertOutcomes.run(sequence, consumedCount, words);
  };
  const notWaiting = ({ batchId, consumedCount }: HeadBatch) =>
    new Error(`batch ${batchId} has no slice waiting after ${consumedCount} rows`);

  return {
    accept(batch: AcceptedBatch, generation: number): void {
      const { client } = batch;
      const { name, bytes, byteLength, checksum } = storedBody(batch.body);
      const settings = settingsTexts.write(batch.settings);
      const { batchId, api, idKind, batchSize, submittedAt, dueAt, diagnostics, pace, pollsLeft, faults } = batch;
      const identity = [generation, batchId, api, idKind];
      const state = ['incomplete', batchSize, submittedAt, storedDueAt(dueAt), 'kept'];
      const head = insert.get(
        ...identity,
        ...state,
        name,
        byteLength,
        checksum,
        settings,
        jsonText(diagnostics),
        jsonText(pace),
        pollsLeft ?? null,
        jsonText(faults),
      )!;
      if (bytes !== null) insertBody.run(head.sequence, bytes);
      waiting.put({ ...head, client, settings: settingsTexts.read(settings) });
    },
    diagnostics: (sequence: number) => selectDiagnostics.get(sequence)?.diagnostics ?? [],
    /** Throws, as `finish` does, where the batch is gone or stands elsewhere: `jobs/` lost count. */
    advance(batch: HeadBatch, by: Advance, trace: SliceTrace, dueAt: number | undefined): void {
      const where = [batch.sequence, batch.consumedCount];
      if (updateAdvance.run(...sliceValues(by, trace), dueAt ?? null, ...where).changes === 0) throw notWaiting(batch);
      keepOutcomes(batch, trace);
      const consumedCount = batch.consumedCount + by.consumed;
      waiting.put({ ...batch, consumedCount, order: trace.order, dueAt: dueAt ?? batch.dueAt });
    },
    /** Its last slice. */
    finish(batch: HeadBatch, by: Advance, trace: SliceTrace, status: BatchStatus, now: number): EndedBatch {
      const where = [batch.sequence, batch.consumedCount];
      const ended = updateFinish.get(...sliceValues(by, trace), status, now, ...where);
      if (ended === undefined) throw notWaiting(batch);
      keepOutcomes(batch, trace);
      waiting.remove(batch);
      return ended;
    },
    /** Without another slice. */
    abandon(sequence: number, now: number, failure?: BodyFailure): EndedBatch {
      const ended = updateAbandoned.get(now, failure ?? null, sequence)!;
      waiting.remove({ generation: ended.generation, sequence });
      return ended;
    },
    heads: waiting.heads,
    release(now: number, generation: number | undefined): void {
      noteChanged(generation === undefined ? releaseAll.all(now, now) : releaseOne.all(now, now, generation));
    },
    restartWaits(now: number): void {
      noteChanged(updateWaits.all(now, now, now));
    },
    pace: (batchId: BatchId, { pace, dueAt, pollsLeft }: BatchPace) =>
      noteChanged(updatePace.all(JSON.stringify(pace), storedDueAt(dueAt), pollsLeft ?? null, batchId)),
    countPoll(batchId: BatchId, now: number): void {
      noteChanged(updatePolls.all(now, batchId));
    },
    /** Its client code was dropped. */
    dropped: waiting.removeAll,
    /** Forgets what is in memory, after a rollback. */
    forget: waiting.forget,
  };
}

const ENDED = ['generation', 'body', 'bodyBytes', 'outcomeBytes'] as const;
const CHANGED = ['generation', 'sequence', 'dueAt', 'sticks'] as const;

const storedDueAt = (dueAt: number) => (Number.isFinite(dueAt) ? dueAt : null);

type Place = Pick<HeadBatch, 'generation' | 'sequence'>;

/**
 * The batches that wait, as the writer knows them: every change to one is its own, so that the database is asked for them
 * (`load`, by sequence) only at the start, and again where the writer has lost track.
 */
function waitingBatches(load: () => Iterable<HeadBatch>) {
  /** By generation, then by sequence in the order of acceptance. Undefined until asked for. */
  let byClient: Map<number, Map<number, HeadBatch>> | undefined;

  /** A new one, or what has become of one. */
  const put = (batch: HeadBatch) => {
    const ofClient = byClient?.get(batch.generation);
    if (ofClient === undefined) byClient?.set(batch.generation, new Map([[batch.sequence, batch]]));
    else ofClient.set(batch.sequence, batch);
  };

  return {
    /** The oldest of each client. */
    heads(): readonly HeadBatch[] {
      if (byClient === undefined) {
        byClient = new Map();
        for (const batch of load()) put(batch);
      }
      return Array.from(byClient.values(), (ofClient) => ofClient.values().next().value!);
    },
    put,
    /** Of one that is known. */
    change(to: Partial<HeadBatch> & Place): void {
      const known = byClient?.get(to.generation)?.get(to.sequence);
      if (known !== undefined) put({ ...known, ...to });
    },
    remove({ generation, sequence }: Place): void {
      const ofClient = byClient?.get(generation);
      ofClient?.delete(sequence);
      if (ofClient?.size === 0) byClient?.delete(generation);
    },
    /** All of a client. */
    removeAll(generation: number): void {
      byClient?.delete(generation);
    },
    /** What is known holds no more: after a rollback, or when a snapshot was restored. */
    forget(): void {
      byClient = undefined;
    },
  };
}
