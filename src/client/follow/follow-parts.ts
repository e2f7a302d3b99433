/** Follows parts of an upload, or of another one that is in its way. */
import { callContext, type Errand } from '../errand.ts';
import type { PlannedPart } from '../plan/upload-plan.ts';
import { followLinks } from './follow-links.ts';
import type { FollowOutcome } from './follow-outcome.ts';
import { pollScheduleOn } from './poll-schedule.ts';

export async function followParts(
  errand: Errand,
  targets: readonly { readonly part: PlannedPart; readonly link: string }[],
  onOutcome?: (index: number, outcome: FollowOutcome) => void,
): Promise<readonly FollowOutcome[]> {
  const { options, services, onProgress } = errand;
  const { endpoint, callsPerMinute, deadlineMs } = services;
  return followLinks(
    targets.map(({ link }) => link),
    {
      ...callContext(errand),
      endpoint,
      allowHosts: options.allowHosts,
      client: options.client,
      schedule: pollScheduleOn(endpoint, callsPerMinute),
      deadlineMs,
      wait: true,
    },
    (index, reading) => {
      const { part, rows } = targets[index]!.part;
      const status = reading?.status ?? 'unknown';
      onProgress?.({ kind: 'status', part, status, consumed: reading?.consumedCount, rows });
    },
    onOutcome,
  );
}
