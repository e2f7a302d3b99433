/** What can go wrong in an upload: one family, one small class for each reason. */
import { reasonOf } from './reason-of.ts';

export type UploadErrorCode =
  | 'options-invalid'
  | 'production-not-confirmed'
  | 'input-unreadable'
  | 'input-changed'
  | 'spool-unusable'
  | 'network'
  | 'untrusted'
  | 'server-error'
  | 'rate-limited'
  | 'refused'
  | 'reply-unreadable'
  | 'link-refused'
  | 'state-unusable'
  | 'job-unknown'
  | 'job-busy'
  | 'job-differs'
  | 'newer-upload'
  | 'interrupted';

interface Details {
  readonly cause?: unknown;
  /** How many times the call was made. */
  readonly attempts?: number;
  /** How long the service asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * The base of the family. `message` is a sentence for a person; it never holds a token or a row's values.
 * `retryable` says whether the same call may succeed later without anybody changing anything.
 */
export abstract class UploadError extends Error {
  abstract readonly code: UploadErrorCode;
  abstract readonly retryable: boolean;
  readonly attempts: number;
  /** How long the service asked to be left alone, in milliseconds (`Retry-After`). */
  declare readonly retryAfterMs?: number;
  constructor(message: string, { cause, attempts = 0, retryAfterMs }: Details = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.attempts = attempts;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }

  /** `JSON.stringify` would leave the message out. The cause stays out: nobody knows what it holds. */
  toJSON(): object {
    const { code, message, retryable, attempts } = this;
    return Object.assign({ code, message, retryable, attempts }, this);
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

  /** From what the system said. A directory opens like a file, and only reading it fails. */
  static of(name: string, cause: unknown): InputUnreadableError {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const reason = FILE_REASONS.get(code) ?? reasonOf(cause);
    return new InputUnreadableError(`Cannot read ${name}: ${reason}.`, { cause });
  }
}

const FILE_REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it is not a regular file'],
]);

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
  /** As the system calls it, such as `ECONNREFUSED`. */
  declare readonly systemCode?: string;
  constructor(
    message: string,
    { systemCode, ...details }: Details & { readonly systemCode?: string | undefined } = {},
  ) {
    super(message, details);
    if (systemCode !== undefined) this.systemCode = systemCode;
  }
}

/** The other side's certificate is not trusted here. */
export class UntrustedError extends UploadError {
  readonly code = 'untrusted';
  readonly retryable = false;
}

/** A 408, a 425, or a 5xx other than 503. */
export class ServerError extends UploadError {
  readonly code = 'server-error';
  readonly retryable = true;
  readonly status: number;
  constructor(message: string, status: number, details?: Details) {
    super(message, details);
    this.status = status;
  }
}

/** 503: more than 50 calls in a minute (err-rate-503); or 429, which says the same. */
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
  readonly retryable: boolean;
  /** `isCut` where it began as such an answer and has no end: the same call may be answered whole. */
  constructor(message: string, { isCut = false, ...details }: Details & { readonly isCut?: boolean } = {}) {
    super(message, details);
    this.retryable = isCut;
  }
}

/** The batch was accepted, but its status link points where we do not go. */
export class LinkRefusedError extends UploadError {
  readonly code = 'link-refused';
  readonly retryable = false;
}

/** The state folder cannot be used: it is not ours, not writable, or of a newer release. */
export class StateError extends UploadError {
  readonly code = 'state-unusable';
  readonly retryable = false;
}

/** There is no such job, or nothing of it is left to send. */
export class JobUnknownError extends UploadError {
  readonly code = 'job-unknown';
  readonly retryable = false;
}

abstract class JobError extends UploadError {
  /** The one that can be resumed later. */
  readonly job: string;
  constructor(message: string, job: string) {
    super(message);
    this.job = job;
  }
}

/** Somebody else works at the job, or at the ids it holds. */
export class JobBusyError extends JobError {
  readonly code = 'job-busy';
  readonly retryable = true;
}

/** A job is to be resumed with another input, or with options that change what is sent. */
export class JobDiffersError extends UploadError {
  readonly code = 'job-differs';
  readonly retryable = false;
  /** One sentence for each difference. */
  readonly differences: readonly string[];
  constructor(message: string, differences: readonly string[]) {
    super([message, ...differences].join(' '));
    this.differences = differences;
  }
}

/** A later upload has written the same ids since: what is sent now would roll them back. */
export class NewerUploadError extends JobError {
  readonly code = 'newer-upload';
  readonly retryable = false;
}

/** The caller's signal was aborted. */
export class InterruptedError extends UploadError {
  readonly code = 'interrupted';
  readonly retryable = true;
}
