/** How long a service asks to be left alone: `Retry-After`, in seconds or as a date, within bounds. */

/** Undefined where it says nothing that can be read. `nowMs` counts from 1970. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const afterMs = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : (/^[A-Z]/.test(text) ? Date.parse(text) : NaN) - nowMs;
  if (Number.isNaN(afterMs)) return undefined;
  return Math.min(RETRY_AFTER_MS_MAX, Math.max(RETRY_AFTER_MS_MIN, afterMs));
}

/** A second, so that a zero is no storm; an hour, so that a slip of a header does not end the night. */
const RETRY_AFTER_MS_MIN = 1_000;
export const RETRY_AFTER_MS_MAX = 60 * 60_000;
