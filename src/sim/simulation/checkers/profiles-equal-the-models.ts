/** Every visitor's profile is the model's: names, values, layers and times, customer attributes too. */
import type { VisitorId } from '../../../protocol/vocabulary/index.ts';
import { storedView } from '../../comparable.ts';
import type { StoredView } from '../../port.ts';
import { profileOf } from '../../profile-of.ts';
import type { Evidence } from '../evidence.ts';

export function profilesEqualTheModels(evidence: Evidence): string | undefined {
  for (const client of evidence.clients) {
    for (const id of evidence.ids.get(client) ?? []) {
      const found = difference(evidence, client, id);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function difference({ server, model, now }: Evidence, client: string, id: VisitorId): string | undefined {
  const ours = text(profileOf(server, client, id));
  const known = model.fetch(client, id, now);
  const theirs = text(known && { ...known, customerAttributes: model.customers(client, id, now) });
  if (ours === theirs) return undefined;
  return `The profile of ${id.kind} ${id.value} of ${client} is ${ours}, and ${theirs} in the model.`;
}

const text = (profile: StoredView | undefined) => (profile ? JSON.stringify(storedView(profile)) : 'none');
