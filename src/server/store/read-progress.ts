/** How far a batch is and which one a client waits for, in one narrow look each: asked at each status and fetch. */
import type { Database } from 'better-sqlite3';
import type { Api, BatchId, BatchStatus, ClientCode, Progression } from '../../protocol/vocabulary/index.ts';
import type { BatchFaults, BatchProgress, WaitingBatch } from './store.ts';

type ProgressRow = [
  batchId: BatchId,
  client: ClientCode,
  api: Api,
  status: BatchStatus,
  batchSize: number,
  consumed: number,
  successful: number,
  notFound: number,
  failed: number,
  endedAt: number | null,
  pace: string | null,
  pollsLeft: number | null,
];

export function progressReader(database: Database): (batchId: string) => BatchProgress | undefined {
  // cnt-created-as-success. As everywhere, a batch ends with the life of the client code it was accepted in.
  const select = database
    .prepare<[string], ProgressRow>(
      `SELECT batch.batch_id, client.code, batch.api, batch.status, batch.batch_size, batch.consumed,
         batch.updated + batch.created, batch.not_found, batch.failed, batch.ended_at, batch.pace, batch.polls_left
       FROM batch JOIN client ON client.generation = batch.generation WHERE batch.batch_id = ?`,
    )
    .raw();
  return (asked) => {
    const row = select.get(asked);
    if (row === undefined) return undefined;
    const [batchId, client, api, status, batchSize, consumed, successful, notFound, failed, endedAt, pace, polls] = row;
    return {
      batchId,
      client,
      api,
      status,
      batchSize,
      consumedCount: consumed,
      successfulUpdates: successful,
      profilesNotFound: notFound,
      failedUpdates: failed,
      completedAt: status === 'complete' ? (endedAt ?? undefined) : undefined,
      pace: pace === null ? undefined : (JSON.parse(pace) as Progression),
      pollsLeft: polls ?? undefined,
    };
  };
}

type WaitingRow = [dueAt: number | null, submittedAt: number, pace: string | null, faults: string | null];

export function waitingReader(database: Database): (client: ClientCode) => WaitingBatch | undefined {
  const select = database
    .prepare<[string], WaitingRow>(
      `SELECT batch.due_at, batch.submitted_at, batch.pace, batch.faults
       FROM batch JOIN client ON client.generation = batch.generation
       WHERE client.code = ? AND batch.status = 'incomplete' ORDER BY batch.sequence LIMIT 1`,
    )
    .raw();
  return (client) => {
    const row = select.get(client);
    if (row === undefined) return undefined;
    const [dueAt, submittedAt, pace, faults] = row;
    return {
      dueAt: dueAt ?? Number.POSITIVE_INFINITY,
      submittedAt,
      pace: pace === null ? undefined : (JSON.parse(pace) as Progression),
      faults: faults === null ? undefined : (JSON.parse(faults) as BatchFaults),
    };
  };
}
