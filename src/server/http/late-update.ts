/** A single update that waits as long as its client's batches do: it takes its place among them, as one of one row. */
import { writeDataRow, writeHeaderRow } from '../../protocol/batch-file/write-batch-file.ts';
import type { SingleUpdate } from '../../protocol/rules/index.ts';
import type { Rejection } from '../../protocol/vocabulary/index.ts';
import { receiveBatch } from '../ingest/receive-batch.ts';
import { acceptBatch, queueBound } from './accept-batch.ts';
import { newBatchId } from './new-ids.ts';
import type { ResolvedClient } from './resolve-client.ts';
import type { Services } from './services.ts';

/** Durable when it resolves; the client code must be one that is used. Undefined unless the queue is full. */
export async function postponeUpdate(
  services: Services,
  account: ResolvedClient,
  { id, attributes }: Pick<SingleUpdate, 'id' | 'attributes'>,
): Promise<Rejection | undefined> {
  const full = queueBound(services);
  if (full !== undefined) return full;
  const names = attributes.map(({ name }) => name);
  const values = attributes.map(({ value }) => value);
  const file = [writeHeaderRow(id.kind, names), writeDataRow(id.value, values)].join('\n');
  // What a single update may say, a row of a batch may not in every reading.
  const settings = { ...account.settings, body: 'raw', illegalIds: 'accept', empties: 'missing' } as const;
  const sink = services.bodies.open();
  const received = await receiveBatch(only(Buffer.from(file)), { api: 'v1', settings, sink });
  if (received.kind === 'rejection') return received;
  const submittedAt = services.clocks.now(account.client);
  await acceptBatch(services, { ...account, settings }, received, sink, {
    batchId: newBatchId(services, account.client, submittedAt),
    api: 'v1',
    submittedAt,
    diagnostics: [{ rule: 'sgl-latency', count: 1, first: [{}] }],
    faults: undefined,
  });
  services.kick();
  return undefined;
}

async function* only(bytes: Buffer) {
  yield bytes;
}
