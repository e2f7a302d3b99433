/** How far the sending is as a whole: bytes, rows, parts, calls left this minute, and how long it will take still. */
import type { Progress, UploadPlan } from '../client/index.ts';

export type Totals = NonNullable<ReturnType<ReturnType<typeof progressTotals>>>;

/** Gives the totals of each `sending`; undefined for all else. */
export function progressTotals(now: () => number) {
  let plan: UploadPlan | undefined;
  let first: { readonly atMs: number; readonly bytes: number } | undefined;
  return (progress: Progress) => {
    if (progress.kind === 'planned') plan = progress.plan;
    if (progress.kind !== 'sending' || plan === undefined) return undefined;
    const before = plan.parts.filter(({ part }) => part < progress.part);
    const own = plan.parts[progress.part - 1]!;
    const bytes = sum(before.map((part) => part.bytes)) + progress.bytes;
    const share = progress.bytes / Math.max(1, own.bytes);
    first ??= { atMs: now(), bytes };
    const [tookMs, sent] = [now() - first.atMs, bytes - first.bytes];
    return {
      bytes,
      bytesMax: plan.bytes,
      rows: sum(before.map((part) => part.rows)) + Math.floor(share * own.rows),
      rowsMax: plan.rows,
      part: progress.part,
      parts: plan.parts.length,
      /** Undefined where nothing limits them. */
      callsLeft: progress.left,
      /** Undefined until something can be said. */
      secondsToGo: sent > 0 && tookMs > 0 ? Math.ceil(((plan.bytes - bytes) * tookMs) / sent / 1000) : undefined,
    };
  };
}

/** `12.5 of 49.0 MB, 125000 of 500000 rows, part 1 of 3, 48 calls left this minute, 1m20s to go`. */
export function totalsText({ bytes, bytesMax, rows, rowsMax, part, parts, callsLeft, secondsToGo }: Totals): string {
  return [
    `${megabytes(bytes)} of ${megabytes(bytesMax)} MB`,
    `${rows} of ${rowsMax} rows`,
    `part ${part} of ${parts}`,
    ...(callsLeft === undefined ? [] : [`${callsLeft} calls left this minute`]),
    ...(secondsToGo === undefined ? [] : [`${durationText(secondsToGo)} to go`]),
  ].join(', ');
}

export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m${seconds % 60}s` : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}

const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
