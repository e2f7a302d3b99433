/** Each batch counts what its file says, as the model reads it; what was lost on purpose counts as the fault says. */
import type { BatchStatus, Counters } from '../../../protocol/vocabulary/index.ts';
import { countersOf } from '../../comparable.ts';
import type { Evidence } from '../evidence.ts';

export function countersEqualTheFile({ server, model, clients }: Evidence): string | undefined {
  for (const client of clients) {
    for (const batch of server.batches(client)) {
      const ours = model.status(batch.batchId);
      if (ours === undefined) return `${batch.batchId} is a batch that nobody sent.`;
      if (text(batch) !== text(ours)) return `${batch.batchId} counts ${text(batch)}, and ${text(ours)} in the model.`;
    }
  }
  return undefined;
}

const text = (batch: Counters & { readonly status: BatchStatus }) => JSON.stringify([batch.status, countersOf(batch)]);
