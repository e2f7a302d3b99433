/** What the server holds in the end is what the model has: every row and file, each batch's counts, each visitor's profile. */
import type { BatchStatus, Counters, VisitorId } from '../../../protocol/vocabulary/index.ts';
import type { BatchRecord } from '../../../server/index.ts';
import { countersOf, storedView } from '../../api-calls.ts';
import { profileOf } from '../../emulator-port.ts';
import type { StoredView } from '../../port.ts';
import { heldBatches, type World } from '../world.ts';

/** No row is lost or applied twice without the server having said so. */
export function rowsAreAccountedFor(world: World): string | undefined {
  const { uploads, accepted, dropped, disagreements } = world;
  if (disagreements.length > 0) return disagreements[0];
  for (const { step, runs } of uploads) {
    const several = runs.flatMap(({ calls }) => calls).find(({ batches }) => batches.length > 1);
    if (several) return `One request of upload ${step.number} became ${several.batches.length} batches.`;
  }
  const held = new Set<string>(heldBatches(world).map(({ batchId }) => batchId));
  const kept = [...dropped.keys()].find((batchId) => held.has(batchId));
  if (kept !== undefined) return `${kept} went with its client code, and the server still knows it.`;
  const missing = accepted.find((batchId) => !held.has(batchId) && !dropped.has(batchId));
  return missing && `${missing} was accepted, and the server does not know it any more.`;
}

/** Complete, or stuck where a fault asked for that. */
export function batchEnds({ batchId, status, faults }: BatchRecord): string | undefined {
  if (status === 'complete' || (status === 'stuck' && faults?.stuckAfterRows !== undefined)) return undefined;
  return `${batchId} is ${status} although nothing holds it up.`;
}

/** As the model reads the file; what was lost on purpose counts as the fault says. */
export function countersEqualTheFile(batch: BatchRecord, { model }: World): string | undefined {
  const ours = model.status(batch.batchId);
  if (ours === undefined) return `${batch.batchId} is a batch that nobody sent.`;
  const [counted, expected] = [countsText(batch), countsText(ours)];
  return counted === expected ? undefined : `${batch.batchId} counts ${counted}, and ${expected} in the model.`;
}

const countsText = (batch: Counters & { readonly status: BatchStatus }) =>
  JSON.stringify([batch.status, countersOf(batch)]);

/** Every file of customer attributes is processed, or has failed by the rule that the model says. */
export function filesEnd({ server, ids, files }: World): string | undefined {
  const told = new Map<number, string>();
  for (const client of ids.keys()) {
    for (const { alias } of server.customerAttributes.sources(client))
      for (const { sequence, status, fault } of server.customerAttributes.files(client, alias, { limit: 1_000 }).items)
        told.set(sequence, status === 'processed' ? 'none' : (fault?.rule ?? status));
  }
  for (const [sequence, { client, rule, isDropped }] of files) {
    const theirs = told.get(sequence);
    if (theirs === (isDropped ? undefined : rule)) continue;
    return `File ${sequence} of ${client} ends by ${theirs}, and by ${isDropped ? 'nothing: it went with its client code' : rule} in the model.`;
  }
  return undefined;
}

/** Names, values, layers and times, customer attributes too. */
export function profileEqualsTheModels(
  { client, id }: { readonly client: string; readonly id: VisitorId },
  { server, model, time }: World,
): string | undefined {
  const ours = profileText(profileOf(server, client, id));
  const known = model.fetch(client, id, time.now());
  const theirs = profileText(known && { ...known, customerAttributes: model.customers(client, id, time.now()) });
  if (ours === theirs) return undefined;
  return `The profile of ${id.kind} ${id.value} of ${client} is ${ours}, and ${theirs} in the model.`;
}

const profileText = (profile: StoredView | undefined) => (profile ? JSON.stringify(storedView(profile)) : 'none');
