/** The answer to a status request, in each of its four documented shapes. */
import { ourMessageTexts } from '../rules/errors.ts';
import { ourStatusShape, resRow2020After, resRowValues2017 } from '../rules/replies.ts';
import { UNKNOWN_BATCH } from '../rules/status.ts';
import type { Api, BatchStatus, Counters, RowOutcome, Settings } from '../vocabulary/index.ts';
import { element, response } from './xml-text.ts';

export interface StatusView extends Omit<Counters, 'ignoredRows'> {
  readonly batchId: string;
  readonly api: Api;
  readonly status: BatchStatus;
  /** In row order; asked for in the shapes `2020` and `2017` only, where failed rows or all rows are needed. */
  readonly rows?: Iterable<StatusRow>;
}

export interface StatusRow {
  readonly id: string;
  readonly outcome: RowOutcome | 'pending';
}

/** Once the body is evicted nobody knows the ids any more; silent loss (thr-loss) is silent here too. */
export function toldRow({
  id = '',
  outcome,
}: Pick<StatusRow, 'outcome'> & { readonly id: string | undefined }): StatusRow {
  return { id, outcome: outcome === 'lost' ? 'updated' : outcome };
}

export const statusReply = (...asked: Parameters<typeof statusReplyParts>): string =>
  Array.from(statusReplyParts(...asked)).join('');

/** The same in parts: what stands before the rows, each row that is listed, and the end. */
export function* statusReplyParts(
  shape: Settings['statusShape'],
  batch: StatusView,
  showDetails: boolean,
): Generator<string, void> {
  const contents = ourStatusShape.decide(shape, batch.api);
  const parts = ['<response>', element('batchId', batch.batchId)];
  if (contents.overall) {
    parts.push(element('status', batch.status), element('batchSize', batch.batchSize));
    if (showDetails) {
      if (contents.consumedCount) parts.push(element('consumedCount', batch.consumedCount));
      parts.push(
        element('successfulUpdates', batch.successfulUpdates),
        element('profilesNotFound', batch.profilesNotFound),
        element('failedUpdates', batch.failedUpdates),
      );
    }
  }
  yield parts.join('');
  if (contents.rows !== 'none') {
    const rule = contents.rows === 'all' ? resRowValues2017 : resRow2020After;
    for (const row of batch.rows ?? []) {
      const word = rule.decide(row.outcome);
      if (word !== undefined) yield `<profile>${element('id', row.id)}${element('status', word)}</profile>`;
    }
  }
  yield '</response>';
}

/** Goes with HTTP 404 (our-unknown-batch); `batchId` as asked for, empty where none was: no `status`, so that no client takes it for an answer about a batch. */
export function unknownBatchReply(batchId: string, rejection = UNKNOWN_BATCH): string {
  return response({ batchId, message: ourMessageTexts.decide(rejection) });
}
