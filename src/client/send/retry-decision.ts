/** What a failure means: whether the call is worth making again, and when. No clock, no network, chance as a number. */
import type { UploadError } from '../upload-error.ts';

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

export function retryDecision({ error, failingForMs, outageMaxMs, chance, ...failure }: Failure): RetryDecision {
  const failureClass = classOfError(error);
  if (failureClass === 'give-up' || failureClass === 'untrusted') return { kind: 'give-up' };
  if (failureClass === 'doubtful' && !failure.isKnownEndpoint) return { kind: 'give-up' };
  if (failureClass === 'pause') {
    // A service that answers is not out: a few windows of a minute are waited for however short an outage may be.
    const afterMs = windowClosedMs(error, chance);
    const isTooLong = failingForMs + afterMs > (outageMaxMs === 0 ? 0 : Math.max(outageMaxMs, PAUSES_MS_MAX));
    return isTooLong ? { kind: 'give-up' } : { kind: 'close-window', afterMs };
  }
  // Half fixed, half chance: never at once, and many clients never together.
  const backOffMs = Math.min(BACK_OFF_MS_MAX, BACK_OFF_MS * 2 ** (failure.failures - 1));
  const afterMs = Math.max(error.retryAfterMs ?? 0, Math.round(backOffMs * (0.5 + 0.5 * chance)));
  return failingForMs + afterMs > outageMaxMs ? { kind: 'give-up' } : { kind: 'retry', afterMs };
}

const BACK_OFF_MS = 1_000;
const BACK_OFF_MS_MAX = 60_000;
const PAUSES_MS_MAX = 5 * 60_000;

/** err-rate-503 names no window; a minute is the limit's own unit, and a little more keeps clear of its edge. */
export const windowClosedMs = ({ retryAfterMs: askedMs = WINDOW_MS }: UploadError, chance: number): number =>
  Math.round(askedMs + WINDOW_JITTER_MS * chance);

const WINDOW_MS = 60_000;
const WINDOW_JITTER_MS = 5_000;

/**
 * - `retry`: it may pass; again with growing pauses.
 * - `pause`: the account has called too often; nothing is called for a minute, or as long as the service says.
 * - `doubtful`: perhaps this is the wrong place altogether; given up, unless it has accepted a part before.
 * - `untrusted`: a certificate that waiting does not mend.
 * - `give-up`: the service has said no.
 */
type FailureClass = 'retry' | 'pause' | 'doubtful' | 'untrusted' | 'give-up';

function classOfError(error: UploadError): FailureClass {
  if (error.code === 'rate-limited') return 'pause';
  if (error.code === 'network') return classOfCode(error.systemCode);
  // Of our own disk: whoever asks again may find room, a pause of ours does not make it.
  if (error.code === 'spool-unusable') return 'give-up';
  if (error.retryable) return 'retry';
  return error.code === 'reply-unreadable' ? 'doubtful' : 'give-up';
}

export function classOfStatus(status: number): FailureClass {
  if (status === 429 || status === 503) return 'pause';
  if (status === 408 || status === 425) return 'retry';
  // 501 and 505: neither will be there tomorrow.
  return status >= 500 && status !== 501 && status !== 505 ? 'retry' : 'give-up';
}

/** By the code of the system or of OpenSSL. */
export function classOfCode(code: string | undefined): FailureClass {
  if (code === undefined) return 'retry';
  if (UNREACHABLE.has(code) || NO_TLS.test(code)) return 'doubtful';
  return UNTRUSTED.test(code) ? 'untrusted' : 'retry';
}

const UNREACHABLE: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH']);

/** TLS spoken to a port that answers in the clear: what OpenSSL reads there, or the alert by which an emulator says so. */
export const NO_TLS = /^(?:EPROTO|ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|.*ALERT_UNEXPECTED_MESSAGE))$/;

const UNTRUSTED =
  /^(?:CERT_|CRL_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|HOSTNAME_MISMATCH|INVALID_CA)/;

/** What `Retry-After` asks for, in seconds or as a date; undefined where it cannot be read. `nowMs` counts from 1970. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const afterMs = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : (/^[A-Z]/.test(text) ? Date.parse(text) : NaN) - nowMs;
  if (Number.isNaN(afterMs)) return undefined;
  return Math.min(RETRY_AFTER_MS_MAX, Math.max(RETRY_AFTER_MS_MIN, afterMs));
}

/** A second, so that a zero is no storm; an hour, so that a slip of a header does not end the night. */
const RETRY_AFTER_MS_MIN = 1_000;
const RETRY_AFTER_MS_MAX = 60 * 60_000;
