/** No row is lost or applied twice without the server having said so. */
import type { Evidence } from '../evidence.ts';

export function rowsAreAccountedFor({
  server,
  uploads,
  accepted,
  dropped,
  clients,
  disagreements,
}: Evidence): string | undefined {
  if (disagreements.length > 0) return disagreements[0];
  for (const { step, runs } of uploads) {
    for (const { calls } of runs) {
      for (const { batches } of calls) {
        if (batches.length > 1) return `One request of upload ${step.number} became ${batches.length} batches.`;
      }
    }
  }
  const held = new Set(clients.flatMap((client) => server.batches(client).map(({ batchId }) => batchId as string)));
  const kept = [...dropped.keys()].find((batchId) => held.has(batchId));
  if (kept !== undefined) return `${kept} went with its client code, and the server still knows it.`;
  const missing = accepted.find(({ batchId }) => !held.has(batchId) && !dropped.has(batchId));
  return missing && `${missing.batchId} was accepted, and the server does not know it any more.`;
}
