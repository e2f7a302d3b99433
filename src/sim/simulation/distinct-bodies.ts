/** The bodies that a run submitted, each once, in the order of its parts, with the calls that carried it. */
import type { CallEvidence } from './evidence.ts';

export interface SentBody {
  readonly body: Uint8Array;
  readonly calls: readonly CallEvidence[];
}

export function distinctBodies(calls: readonly CallEvidence[]): readonly SentBody[] {
  const sent = calls.flatMap((call) => (call.kind === 'submit' && call.body ? { body: call.body, call } : []));
  const alike = Map.groupBy(sent, ({ body }) => Buffer.from(body).toString('latin1'));
  return Array.from(alike.values(), (same) => ({ body: same[0]!.body, calls: same.map(({ call }) => call) }));
}
