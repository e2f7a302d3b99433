/** Every batch ends: complete, or stuck where a fault asked for that. */
import type { Evidence } from '../evidence.ts';

export function batchesEnd({ server, clients }: Evidence): string | undefined {
  for (const client of clients) {
    for (const { batchId, status, faults } of server.batches(client)) {
      if (status === 'complete') continue;
      if (status === 'stuck' && faults?.stuckAfterRows !== undefined) continue;
      return `${batchId} is ${status} although nothing holds it up.`;
    }
  }
  return undefined;
}
