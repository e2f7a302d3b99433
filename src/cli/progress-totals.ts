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
    const { bytes: bytesMax, rows: rowsMax, parts } = plan;
    const { part, left: callsLeft } = progress;
    const own = parts[part - 1]!;
    let bytes = progress.bytes;
    let rows = Math.floor((progress.bytes / Math.max(1, own.bytes)) * own.rows);
    for (const before of parts.filter((each) => each.part < part)) {
      bytes += before.bytes;
      rows += before.rows;
    }
    first ??= { atMs: now(), bytes };
    const [tookMs, sent] = [now() - first.atMs, bytes - first.bytes];
    // Undefined until something can be said.
    const secondsToGo = sent > 0 && tookMs > 0 ? Math.ceil(((bytesMax - bytes) * tookMs) / sent / 1000) : undefined;
    return { bytes, bytesMax, rows, rowsMax, part, parts: parts.length, callsLeft, secondsToGo };
  };
}

/** `12.5 of 49.0 MB, 125000 of 500000 rows, part 1 of 3, 48 calls left this minute, 1m20s to go`. */
export function totalsText({ bytes, bytesMax, rows, rowsMax, part, parts, callsLeft, secondsToGo }: Totals): string {
  const calls = callsLeft === undefined ? '' : `, ${callsLeft} calls left this minute`;
  const time = secondsToGo === undefined ? '' : `, ${durationText(secondsToGo)} to go`;
  const megabytes = `${inMegabytes(bytes)} of ${inMegabytes(bytesMax)} MB`;
  return `${megabytes}, ${rows} of ${rowsMax} rows, part ${part} of ${parts}${calls}${time}`;
}

export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m${seconds % 60}s` : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}

const inMegabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1);
