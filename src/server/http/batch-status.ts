/** What became of a batch, as far as the API tells. */
import {
  type KnownBatch,
  NOTHING_CONSUMED,
  ourFirstIncomplete,
  ourStatusShape,
  ourUnknownBatch,
  toldUpdates,
} from '../../protocol/rules/index.ts';
import { BATCH_STATUSES_KEPT_TT, type BatchId } from '../../protocol/vocabulary/index.ts';
import { type StatusRow, statusReplyParts, toldRow, unknownBatchReply } from '../../protocol/wire/index.ts';
import type { BatchProgress, ListedRow, Page, Reader } from '../store/store.ts';
import { tooManyCalls } from './limiters.ts';
import type { Answer, Answers } from './operation.ts';
import { type Headers, ruleCause, xmlReply, xmlStream } from './reply.ts';
import type { ResolvedClient } from './resolve-client.ts';

/** Rows read from the store at a time, in the shapes that list them. */
const ROWS_READ_MAX = 1_000;

export const showBatchStatus: Answers = async (services, c, account) => {
  const { reader, clocks, options } = services;
  const { searchParams } = c.get('call').url;
  const { client, settings } = account;
  const tooMany = tooManyCalls(services, c, account, 'status');
  if (tooMany !== undefined) return tooMany;

  const batchId = searchParams.get('batchId') ?? '';
  let found = reader.progress(batchId);
  if (found?.status === 'incomplete' && found.pollsLeft === 0) {
    // A batch that waited for so many requests is applied before the next one is answered, whatever the timing.
    await services.settle();
    found = reader.progress(batchId);
  }
  // Another client's batch is as unknown as none.
  const batch = found?.client === client ? found : undefined;
  const shape = settings.statusShape;
  const known = batch && knownBatch(reader, batch, account);
  const unknown = ourUnknownBatch.decide(known, shape, clocks.now(client), batchId);
  if (unknown !== undefined) return { ...unknown, text: unknownBatchReply(batchId, unknown) };
  if (batch === undefined) throw new Error('No batch was found, and no rule refused it.');

  // HEAD is safe: it is no request that a batch waits for.
  const isPoll = c.req.method !== 'HEAD';
  const polls = services.statusPolls.get(batch.batchId) ?? 0;
  if (isPoll) services.statusPolls.set(batch.batchId, polls + 1);
  const isHidden = ourFirstIncomplete.decide(batch.pace?.kind ?? options.pace, polls);
  if (isPoll && batch.status === 'incomplete' && (batch.pollsLeft ?? 0) > 0) {
    await services.writer.countPoll(batch.batchId, clocks.now(client));
    if (batch.pollsLeft === 1) services.kick();
  }
  const told = isHidden ? NOTHING_CONSUMED : { successfulUpdates: toldUpdates(batch, settings) };
  const listed = ourStatusShape.decide(shape, batch.api).rows;
  const rows = listed === 'none' ? [] : listedRows(reader, batch.batchId, listed, isHidden);
  const details = searchParams.get('showDetails') ?? 'false';
  const parts = statusReplyParts(shape, { ...batch, ...told, rows }, details === 'true');
  // `TRUE` and `1` are no details: whoever looks for them finds why.
  return inParts(parts, /^(?:true|false)$/.test(details) ? undefined : ruleCause('ep-status-details'));
};

/**
 * One text, or where it lists many rows a part in each turn of the event loop: nobody else waits for half a million, nor
 * are they held. Such a list is of rows as they are when it comes to them.
 */
function inParts(parts: Iterator<string, void>, note?: Headers): Answer {
  const first = nextRows(parts);
  return first.isLast ? xmlReply(first.text, 200, note) : xmlStream(rest(first.text, parts), note);
}

async function* rest(first: string, parts: Iterator<string, void>): AsyncGenerator<Uint8Array, void> {
  yield Buffer.from(first);
  for (let isLast = false; !isLast;) {
    await new Promise((nextTurn) => setImmediate(nextTurn));
    const next = nextRows(parts);
    isLast = next.isLast;
    yield Buffer.from(next.text);
  }
}

function nextRows(parts: Iterator<string, void>): { readonly text: string; readonly isLast: boolean } {
  let text = '';
  for (let count = 0; count < ROWS_READ_MAX; count += 1) {
    const { value, done } = parts.next();
    if (done === true) return { text, isLast: true };
    text += value;
  }
  return { text, isLast: false };
}

function knownBatch(reader: Reader, batch: BatchProgress, { client, settings }: ResolvedClient): KnownBatch {
  const { completedAt } = batch;
  if (settings.statusShape !== 'tt') return { completedAt, newerBatches: 0 };
  const latest = reader.batches({ client, limit: BATCH_STATUSES_KEPT_TT }).items;
  const newerBatches = latest.findIndex(({ batchId }) => batchId === batch.batchId);
  return { completedAt, newerBatches: newerBatches === -1 ? BATCH_STATUSES_KEPT_TT : newerBatches };
}

/** The rows that the reply's shape asks for; hidden, none of them has an outcome yet. */
function* listedRows(
  reader: Reader,
  batchId: BatchId,
  listed: 'failed' | 'all',
  isHidden: boolean,
): Iterable<StatusRow> {
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
    const query = { limit: ROWS_READ_MAX, cursor };
    const page: Page<ListedRow> =
      listed === 'all' ? reader.allRows(batchId, query) : reader.rows(batchId, { ...query, outcome: 'failed' });
    for (const row of page.items) yield isHidden ? { ...toldRow(row), outcome: 'pending' } : toldRow(row);
    cursor = page.next;
  }
}
