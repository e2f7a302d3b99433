/** Whether a failed call is worth making again, and when: no clock, no network, chance as a number. */
import { RateLimitedError, type UploadError } from '../upload-error.ts';

export type RetryDecision =
  | { readonly kind: 'give-up' }
  | { readonly kind: 'retry'; readonly afterMs: number }
  /** Nothing at all is called until then: a 503 speaks for the account, not for one call. */
  | { readonly kind: 'close-window'; readonly afterMs: number };

/** `attempt` counts from 1; `chance` is uniform in [0, 1). */
export function retryDecision(failure: {
  readonly error: UploadError;
  readonly attempt: number;
  readonly attemptsMax: number;
  readonly chance: number;
}): RetryDecision {
  const { error, attempt, attemptsMax, chance } = failure;
  if (!error.retryable || attempt >= attemptsMax) return { kind: 'give-up' };
  if (error instanceof RateLimitedError) return { kind: 'close-window', afterMs: windowClosedMs(chance) };
  // Half fixed, half chance: never at once, and many clients never together.
  const backOffMs = Math.min(BACK_OFF_MS_MAX, BACK_OFF_MS * 2 ** (attempt - 1));
  return { kind: 'retry', afterMs: Math.round(backOffMs * (0.5 + 0.5 * chance)) };
}

/** err-rate-503 names no window; a minute is the limit's own unit, and a little more keeps clear of its edge. */
export function windowClosedMs(chance: number): number {
  return Math.round(WINDOW_MS + WINDOW_JITTER_MS * chance);
}

const BACK_OFF_MS = 1_000;
const BACK_OFF_MS_MAX = 60_000;
const WINDOW_MS = 60_000;
const WINDOW_JITTER_MS = 5_000;
