/** Every file of customer attributes is processed, or has failed by the rule that the model says. */
import type { Evidence } from '../evidence.ts';

export function filesEnd({ server, ids, files }: Evidence): string | undefined {
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
