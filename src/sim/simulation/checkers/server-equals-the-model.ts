/** What the server holds in the end is what the model has: each batch, its counts, and each visitor's profile. */
import type { BatchStatus, Counters, VisitorId } from '../../../protocol/vocabulary/index.ts';
import type { BatchRecord } from '../../../server/index.ts';
import { countersOf, storedView } from '../../comparable.ts';
import type { StoredView } from '../../port.ts';
import { profileOf } from '../../emulator-port.ts';
import type { Evidence } from '../evidence.ts';

/** Complete, or stuck where a fault asked for that. */
export function batchEnds({ batchId, status, faults }: BatchRecord): string | undefined {
  if (status === 'complete' || (status === 'stuck' && faults?.stuckAfterRows !== undefined)) return undefined;
  return `${batchId} is ${status} although nothing holds it up.`;
}

/** As the model reads the file; what was lost on purpose counts as the fault says. */
export function countersEqualTheFile(batch: BatchRecord, { model }: Evidence): string | undefined {
  const ours = model.status(batch.batchId);
  if (ours === undefined) return `${batch.batchId} is a batch that nobody sent.`;
  const [counted, expected] = [countsText(batch), countsText(ours)];
  return counted === expected ? undefined : `${batch.batchId} counts ${counted}, and ${expected} in the model.`;
}

const countsText = (batch: Counters & { readonly status: BatchStatus }) =>
  JSON.stringify([batch.status, countersOf(batch)]);

/** Names, values, layers and times, customer attributes too. */
export function profileEqualsTheModels(
  { client, id }: { readonly client: string; readonly id: VisitorId },
  { server, model, now }: Evidence,
): string | undefined {
  const ours = profileText(profileOf(server, client, id));
  const known = model.fetch(client, id, now);
  const theirs = profileText(known && { ...known, customerAttributes: model.customers(client, id, now) });
  if (ours === theirs) return undefined;
  return `The profile of ${id.kind} ${id.value} of ${client} is ${ours}, and ${theirs} in the model.`;
}

const profileText = (profile: StoredView | undefined) => (profile ? JSON.stringify(storedView(profile)) : 'none');
