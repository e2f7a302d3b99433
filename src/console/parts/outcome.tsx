/** What became of rows: a word with its colour, and how many there are of each as a bar. */
import type { Batch, Outcome } from '../control-api.ts';

export const OUTCOMES = [
  'updated',
  'created',
  'not-found',
  'failed',
  'ignored',
  'lost',
] as const satisfies readonly Outcome[];

export const outcomeName = (outcome: string) => outcome.replaceAll('-', ' ');

export function OutcomeBadge({ outcome }: { readonly outcome: string }) {
  return <span class={`pill outcome-${outcome}`}>{outcomeName(outcome)}</span>;
}

/** `successfulUpdates` has the created ones in it, and those lost silently too: here each row counts once. */
export function outcomesOf(batch: Batch): Readonly<Record<Outcome, number>> {
  const { successfulUpdates, createdProfiles, lostRows, profilesNotFound, failedUpdates, ignoredRows } = batch;
  return {
    updated: successfulUpdates - createdProfiles - lostRows,
    created: createdProfiles,
    'not-found': profilesNotFound,
    failed: failedUpdates,
    ignored: ignoredRows,
    lost: lostRows,
  };
}

export function OutcomeBar({
  counts,
  total,
}: {
  readonly counts: Readonly<Record<string, number>>;
  readonly total: number;
}) {
  const shown = OUTCOMES.filter((outcome) => (counts[outcome] ?? 0) > 0);
  const text = shown.map((outcome) => `${counts[outcome]!.toLocaleString()} ${outcomeName(outcome)}`).join(', ');
  return (
    <div class="bar" role="img" aria-label={text === '' ? 'No row applied yet' : text} title={text}>
      {shown.map((outcome) => (
        <span key={outcome} class={`fill outcome-${outcome}`} style={{ flexGrow: counts[outcome]! }} />
      ))}
      <span style={{ flexGrow: Math.max(0, total - shown.reduce((sum, outcome) => sum + counts[outcome]!, 0)) }} />
    </div>
  );
}
