/** What a failure means for the next call: one table by HTTP status, and one by the code of the system or of OpenSSL. */
import type { UploadError } from '../upload-error.ts';

/**
 * - `retry`: it may pass; again with growing pauses.
 * - `pause`: the account has called too often; nothing is called for a minute, or as long as the service says.
 * - `doubtful`: perhaps this is the wrong place altogether; given up, unless it has accepted a part before.
 * - `untrusted`: a certificate that waiting does not mend.
 * - `give-up`: the service has said no.
 */
export type FailureClass = 'retry' | 'pause' | 'doubtful' | 'untrusted' | 'give-up';

export function classOfStatus(status: number): FailureClass {
  return BY_STATUS.get(status) ?? (status >= 500 ? 'retry' : 'give-up');
}

export function classOfCode(code: string | undefined): FailureClass {
  if (code === undefined) return 'retry';
  if (isPlainPort(code)) return 'doubtful';
  return BY_CODE.get(code) ?? (/^(?:CERT_|CRL_|ERR_TLS_CERT)/.test(code) ? 'untrusted' : 'retry');
}

/** TLS spoken to a port that answers in the clear: what OpenSSL reads there, or the alert by which an emulator says so. */
export function isPlainPort(code: string | undefined): boolean {
  return code !== undefined && PLAIN_PORT.test(code);
}

const PLAIN_PORT = /^(?:EPROTO|ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|.*ALERT_UNEXPECTED_MESSAGE))$/;

export function classOfError(error: UploadError): FailureClass {
  if (error.code === 'rate-limited') return 'pause';
  if (error.code === 'network') return classOfCode(error.systemCode);
  if (error.retryable) return 'retry';
  return error.code === 'reply-unreadable' ? 'doubtful' : 'give-up';
}

const BY_STATUS: ReadonlyMap<number, FailureClass> = new Map([
  [408, 'retry'],
  [425, 'retry'],
  [429, 'pause'],
  [503, 'pause'],
  // Neither will be there tomorrow.
  [501, 'give-up'],
  [505, 'give-up'],
]);

const BY_CODE: ReadonlyMap<string, FailureClass> = new Map([
  ['ECONNREFUSED', 'doubtful'],
  ['ENOTFOUND', 'doubtful'],
  ['EHOSTUNREACH', 'doubtful'],
  ['ENETUNREACH', 'doubtful'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'untrusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'untrusted'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'untrusted'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'untrusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'untrusted'],
  ['HOSTNAME_MISMATCH', 'untrusted'],
  ['INVALID_CA', 'untrusted'],
]);
