/** Uploads that share an account make no more calls a minute than it has, whoever of them dies in between. */
import { CALLS_PER_MINUTE } from '../simulated-uploads.ts';
import type { Evidence } from '../evidence.ts';

export function accountsKeepTheirPace({ uploads, clients }: Evidence): string | undefined {
  for (const client of clients) {
    const sharing = uploads.filter(({ step }) => step.client === client && step.kill !== undefined);
    const times = sharing
      .flatMap(({ runs }) => runs.at(-1)?.calls ?? [])
      .map(({ atMs }) => atMs)
      .toSorted((a, b) => a - b);
    const index = times.findIndex(
      (atMs, at) => at >= CALLS_PER_MINUTE && atMs - times[at - CALLS_PER_MINUTE]! < 60_000,
    );
    if (index !== -1) return `${client} was called ${CALLS_PER_MINUTE + 1} times in the minute up to ${times[index]}.`;
  }
  return undefined;
}
