/** Writes a batch down as incomplete, where the queue has room for one more. */
import { BACKLOG_MAX, ourQueueBound, progressionStart } from '../../protocol/rules/index.ts';
import type { Rejection } from '../../protocol/vocabulary/index.ts';
import type { ReceivedBatch } from '../ingest/receive-batch.ts';
import type { AcceptedBatch, BodySink } from '../store/store.ts';
import type { ResolvedClient } from './resolve-client.ts';
import type { Services } from './services.ts';

/** Of what waits, and so much more. */
export function queueBound({ options, reader }: Services, bytesMore = 0): Rejection | undefined {
  const { batches, bytes } = reader.backlog();
  return ourQueueBound.decide(
    { batches, bytes: bytes + bytesMore },
    { ...BACKLOG_MAX, batches: options.queueBatchesMax },
  );
}

/** Durable when it resolves; whoever drives the writer is to be kicked then. */
export async function acceptBatch(
  { options, writer }: Services,
  { client, settings, pace }: ResolvedClient,
  { idKind, batchSize, body }: ReceivedBatch,
  sink: BodySink,
  about: Pick<AcceptedBatch, 'batchId' | 'api' | 'submittedAt' | 'diagnostics' | 'faults'>,
): Promise<AcceptedBatch> {
  const start = progressionStart(pace, about.submittedAt, options.clock);
  const batch: AcceptedBatch = { ...about, client, idKind, batchSize, body, pace, ...start, settings };
  try {
    await writer.acceptBatch(batch);
  } catch (error) {
    // On a full disk, of all times, nothing may stay that no batch owns.
    await sink.discard();
    throw error;
  }
  return batch;
}
