/** Each batch counts what its file says, as the model reads it; what was lost on purpose counts as the fault says. */
import type { Counters } from '../../../protocol/vocabulary/index.ts';
import type { Evidence } from '../evidence.ts';

export function countersEqualTheFile({ server, model, clients }: Evidence): string | undefined {
  for (const client of clients) {
    for (const batch of server.batches(client)) {
      const ours = model.status(batch.batchId);
      if (ours === undefined) return `${batch.batchId} is a batch that nobody sent.`;
      const [one, other] = [batch, ours].map((counters) => text(counters)) as [string, string];
      if (one !== other) return `${batch.batchId} counts ${one}, and ${other} in the model.`;
    }
  }
  return undefined;
}

function text(counters: Counters & { readonly status: string }): string {
  const { status, batchSize, consumedCount, successfulUpdates, profilesNotFound, failedUpdates, ignoredRows } =
    counters;
  return JSON.stringify({
    status,
    batchSize,
    consumedCount,
    successfulUpdates,
    profilesNotFound,
    failedUpdates,
    ignoredRows,
  });
}
