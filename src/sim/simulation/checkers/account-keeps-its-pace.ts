/** Uploads that share an account make no more calls a minute than it has, whoever of them dies in between. */
import { CALLS_PER_MINUTE } from '../simulated-uploads.ts';
import type { Evidence } from '../evidence.ts';

export function accountKeepsItsPace(client: string, { uploads }: Evidence): string | undefined {
  const times = uploads
    .filter(({ step }) => step.client === client && step.kill !== undefined)
    .flatMap(({ runs }) => runs.at(-1)?.calls ?? [])
    .map(({ atMs }) => atMs)
    .toSorted((a, b) => a - b);
  const tooSoon = times.find((atMs, at) => at >= CALLS_PER_MINUTE && atMs - times[at - CALLS_PER_MINUTE]! < 60_000);
  return tooSoon === undefined
    ? undefined
    : `${client} was called ${CALLS_PER_MINUTE + 1} times in the minute up to ${tooSoon}.`;
}
