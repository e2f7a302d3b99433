/** No row is lost or applied twice without the server having said so. */
import { type Evidence, heldBatches } from '../evidence.ts';

export function rowsAreAccountedFor(evidence: Evidence): string | undefined {
  const { uploads, accepted, dropped, disagreements } = evidence;
  if (disagreements.length > 0) return disagreements[0];
  for (const { step, runs } of uploads) {
    const several = runs.flatMap(({ calls }) => calls).find(({ batches }) => batches.length > 1);
    if (several) return `One request of upload ${step.number} became ${several.batches.length} batches.`;
  }
  const held = new Set<string>(heldBatches(evidence).map(({ batchId }) => batchId));
  const kept = [...dropped.keys()].find((batchId) => held.has(batchId));
  if (kept !== undefined) return `${kept} went with its client code, and the server still knows it.`;
  const missing = accepted.find(({ batchId }) => !held.has(batchId) && !dropped.has(batchId));
  return missing && `${missing.batchId} was accepted, and the server does not know it any more.`;
}
