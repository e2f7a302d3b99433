/** Whether a failed call is worth making again, and when: no clock, no network, chance as a number. */
import type { UploadError } from '../upload-error.ts';
import { classOfError } from './failure-class.ts';

export type RetryDecision =
  | { readonly kind: 'give-up' }
  | { readonly kind: 'retry'; readonly afterMs: number }
  /** Nothing at all is called until then: it speaks for the account, not for one call. */
  | { readonly kind: 'close-window'; readonly afterMs: number };

export interface Failure {
  readonly error: UploadError;
  /** Failures in a row, this one included. */
  readonly failures: number;
  /** Since the first of them. */
  readonly failingForMs: number;
  readonly outageMaxMs: number;
  /** Whether this endpoint has accepted a part before. */
  readonly isKnownEndpoint: boolean;
  /** Uniform in [0, 1). */
  readonly chance: number;
}

export function retryDecision(failure: Failure): RetryDecision {
  const { error, failures, failingForMs, outageMaxMs, isKnownEndpoint, chance } = failure;
  const failureClass = classOfError(error);
  if (failureClass === 'give-up' || failureClass === 'untrusted') return { kind: 'give-up' };
  if (failureClass === 'doubtful' && !isKnownEndpoint) return { kind: 'give-up' };
  if (failureClass === 'pause') {
    // A service that answers is not out: a few windows of a minute are waited for however short an outage may be.
    const afterMs = windowClosedMs(error, chance);
    const isTooLong = failingForMs + afterMs > (outageMaxMs === 0 ? 0 : Math.max(outageMaxMs, PAUSES_MS_MAX));
    return isTooLong ? { kind: 'give-up' } : { kind: 'close-window', afterMs };
  }
  // Half fixed, half chance: never at once, and many clients never together.
  const backOffMs = Math.min(BACK_OFF_MS_MAX, BACK_OFF_MS * 2 ** (failures - 1));
  const afterMs = Math.max(error.retryAfterMs ?? 0, Math.round(backOffMs * (0.5 + 0.5 * chance)));
  return failingForMs + afterMs > outageMaxMs ? { kind: 'give-up' } : { kind: 'retry', afterMs };
}

/** err-rate-503 names no window; a minute is the limit's own unit, and a little more keeps clear of its edge. */
export function windowClosedMs({ retryAfterMs = WINDOW_MS }: UploadError, chance: number): number {
  return Math.round(retryAfterMs + WINDOW_JITTER_MS * chance);
}

const BACK_OFF_MS = 1_000;
const BACK_OFF_MS_MAX = 60_000;
const WINDOW_MS = 60_000;
const WINDOW_JITTER_MS = 5_000;
const PAUSES_MS_MAX = 5 * 60_000;
