/** What can go wrong in an upload: one family, one small class for each reason. */

export type UploadErrorCode =
  | 'options-invalid'
  | 'production-not-confirmed'
  | 'input-unreadable'
  | 'input-changed'
  | 'spool-unusable'
  | 'network'
  | 'server-error'
  | 'rate-limited'
  | 'refused'
  | 'reply-unreadable'
  | 'link-refused'
  | 'interrupted';

interface Details {
  readonly cause?: unknown;
  /** How many times the call was made. */
  readonly attempts?: number;
}

/**
 * The base of the family. `message` is a sentence for a person; it never holds a token or a row's values.
 * `retryable` says whether the same call may succeed later without anybody changing anything.
 */
export abstract class UploadError extends Error {
  abstract readonly code: UploadErrorCode;
  abstract readonly retryable: boolean;
  readonly attempts: number;
  constructor(message: string, { cause, attempts = 0 }: Details = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.attempts = attempts;
  }
}

/**
 * True for every error of the family: each has a `code`, and tells whether trying again may help.
 *
 * @example
 * await uploader.upload('crm.csv').catch((error: unknown) => {
 *   if (!isUploadError(error) || !error.retryable) throw error;
 *   console.log(`${error.code}: try again`);
 * });
 */
export function isUploadError(value: unknown): value is UploadError {
  return value instanceof UploadError;
}

/** An option is missing, unknown or impossible; thrown by `createUploader` itself. */
export class OptionsError extends UploadError {
  readonly code = 'options-invalid';
  readonly retryable = false;
  /** One sentence for each option that is wrong. */
  readonly issues: readonly string[];
  constructor(issues: readonly string[], details?: Details) {
    super(issues.join(' '), details);
    this.issues = issues;
  }
}

/** The endpoint is a real Adobe host and nobody said that production is meant. */
export class ProductionHostError extends UploadError {
  readonly code = 'production-not-confirmed';
  readonly retryable = false;
}

/** The file is missing, is no file, or cannot be read. */
export class InputUnreadableError extends UploadError {
  readonly code = 'input-unreadable';
  readonly retryable = false;
}

/** The file was judged, then changed before it was sent. */
export class InputChangedError extends UploadError {
  readonly code = 'input-changed';
  readonly retryable = false;
}

/** The private directory for temporary files cannot be made, written or read. */
export class SpoolError extends UploadError {
  readonly code = 'spool-unusable';
  readonly retryable = true;
}

/** No answer: the connection failed, broke or took too long. */
export class NetworkError extends UploadError {
  readonly code = 'network';
  readonly retryable = true;
}

/** A 5xx other than 503. */
export class ServerError extends UploadError {
  readonly code = 'server-error';
  readonly retryable = true;
  readonly status: number;
  constructor(message: string, status: number, details?: Details) {
    super(message, details);
    this.status = status;
  }
}

/** 503: more than 50 calls in a minute (err-rate-503). */
export class RateLimitedError extends UploadError {
  readonly code = 'rate-limited';
  readonly retryable = true;
}

/** The service said no: a 3xx or 4xx, or `<success>false</success>`. Sending it again changes nothing. */
export class RefusedError extends UploadError {
  readonly code = 'refused';
  readonly retryable = false;
  readonly status: number;
  constructor(message: string, status: number, details?: Details) {
    super(message, details);
    this.status = status;
  }
}

/** A 2xx whose body is not what the documents promise: probably not this API at all. */
export class ReplyUnreadableError extends UploadError {
  readonly code = 'reply-unreadable';
  readonly retryable = false;
}

/** The batch was accepted, but its status link points where we do not go. */
export class LinkRefusedError extends UploadError {
  readonly code = 'link-refused';
  readonly retryable = false;
}

/** The caller's signal was aborted. */
export class InterruptedError extends UploadError {
  readonly code = 'interrupted';
  readonly retryable = true;
}
