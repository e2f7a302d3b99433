/** Once the faults have stopped, everything comes to its end: what was not sent is sent, what was not seen is seen. */
import type { Evidence } from '../evidence.ts';

export function uploadsConverge({ uploads }: Evidence): string | undefined {
  for (const { step, runs, followed } of uploads) {
    const last = runs.at(-1)?.report;
    if (last === undefined || typeof last === 'string') return `Upload ${step.number} has no report: ${last}.`;
    if (last.nextPart !== undefined) return `Upload ${step.number} does not get on: ${last.error?.message}`;
    const open = followed.find(({ kind }) => kind !== 'complete' && kind !== 'stuck');
    if (open !== undefined) return `Upload ${step.number} does not see the end of ${open.link}: ${open.error?.message}`;
  }
  return undefined;
}
