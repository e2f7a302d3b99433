/** The bodies that a run submitted, each once, in the order of its parts, with the calls that carried it. */
import type { CallEvidence } from './evidence.ts';

export interface SentBody {
  readonly body: Uint8Array;
  readonly calls: readonly CallEvidence[];
}

export function distinctBodies(calls: readonly CallEvidence[]): readonly SentBody[] {
  const bodies = new Map<string, { readonly body: Uint8Array; readonly calls: CallEvidence[] }>();
  for (const call of calls) {
    if (call.kind !== 'submit' || call.body === undefined) continue;
    const text = Buffer.from(call.body).toString('latin1');
    const known = bodies.get(text);
    if (known === undefined) bodies.set(text, { body: call.body, calls: [call] });
    else known.calls.push(call);
  }
  return [...bodies.values()];
}
