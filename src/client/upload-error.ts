/** What can go wrong in an upload: one error, told apart by its code; and what a thrown thing says of itself, whatever it is. */

/** Each with whether the same call may succeed later without anybody changing anything. */
const RETRYABLE = {
  /** An option is missing, unknown or impossible; `issues` has a sentence for each. */
  'options-invalid': false,
  /** The endpoint is a real Adobe host and nobody said that production is meant. */
  'production-not-confirmed': false,
  /** The file is missing, is no file, or cannot be read. */
  'input-unreadable': false,
  /** The file was judged, then changed before it was sent. */
  'input-changed': false,
  /** The private directory for temporary files cannot be made, written or read. */
  'spool-unusable': true,
  /** No answer: the connection failed, broke or took too long. `systemCode` is as the system calls it. */
  network: true,
  /** The other side's certificate is not trusted here. */
  untrusted: false,
  /** A 408, a 425, or a 5xx other than 503: the `status`. */
  'server-error': true,
  /** 503: more than 50 calls in a minute (err-rate-503); or 429, which says the same. */
  'rate-limited': true,
  /** The service said no: a 3xx or 4xx, or `<success>false</success>`. Sending it again changes nothing. */
  refused: false,
  /** A 2xx whose body is not what the documents promise: probably not this API. Retryable where it has only no end. */
  'reply-unreadable': false,
  /** The batch was accepted, but its status link points where we do not go. */
  'link-refused': false,
  /** The state folder cannot be used: it is not ours, not writable, or of a newer release. */
  'state-unusable': false,
  /** There is no such job, or nothing of it is left to send. */
  'job-unknown': false,
  /** Somebody else works at the job, or at the ids it holds; `job` can be resumed later. */
  'job-busy': true,
  /** A job is to be resumed with another input, or with options that change what is sent: the `differences`. */
  'job-differs': false,
  /** A later upload has written the same ids since: what is sent now, by `job`, would roll them back. */
  'newer-upload': false,
  /** The caller's signal was aborted. */
  interrupted: true,
} as const;

export type UploadErrorCode = keyof typeof RETRYABLE;

interface Facts {
  /** HTTP. */
  readonly status?: number;
  /** Such as `ECONNREFUSED`. */
  readonly systemCode?: string | undefined;
  /** How long the service asked to be left alone, in milliseconds (`Retry-After`). */
  readonly retryAfterMs?: number | undefined;
  readonly job?: string;
  readonly issues?: readonly string[];
  readonly differences?: readonly string[];
}

type Details = Facts & Readonly<{ cause?: unknown; attempts?: number; retryable?: boolean }>;

/** `message` is a sentence for a person; it never holds a token or a row's values. Facts that `code` does not have are absent. */
// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor takes over each of them that is given
export interface UploadError extends Facts {}
export class UploadError extends Error {
  override readonly name = 'UploadError';
  readonly code: UploadErrorCode;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** How many times the call was made. */
  readonly attempts: number;

  constructor(
    code: UploadErrorCode,
    message: string,
    { cause, attempts = 0, retryable = RETRYABLE[code], ...facts }: Details = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
    this.attempts = attempts;
    for (const [name, value] of Object.entries(facts)) if (value !== undefined) Object.assign(this, { [name]: value });
  }

  /** One sentence for each option that is wrong. */
  static ofOptions(issues: readonly string[], cause?: unknown): UploadError {
    return new UploadError('options-invalid', issues.join(' '), { issues, cause });
  }

  /** From what the system said. A directory opens like a file, and only reading it fails. */
  static ofFile(name: string, cause: unknown): UploadError {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const reason = FILE_REASONS[code] ?? reasonOf(cause);
    return new UploadError('input-unreadable', `Cannot read ${name}: ${reason}.`, { cause });
  }

  /** `JSON.stringify` would leave the message out. The cause stays out: nobody knows what it holds. */
  toJSON(): object {
    const { name: _, code, ...told } = this;
    return Object.assign({ code, message: this.message }, told);
  }
}

/**
 * True for an error of an upload, of that code where one is named.
 *
 * @example
 * await uploader.upload('crm.csv').catch((error: unknown) => {
 *   if (!isUploadError(error) || !error.retryable) throw error;
 *   console.log(`${error.code}: try again`);
 * });
 */
export function isUploadError(value: unknown, code?: UploadErrorCode): value is UploadError {
  return value instanceof UploadError && (code === undefined || value.code === code);
}

export const A_DIRECTORY = 'it is a directory, not a file';

const FILE_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: A_DIRECTORY,
};

/** No room is left where something was to be written: that passes. */
export const isFull = (cause: unknown): boolean =>
  /^(?:ENOSPC|EDQUOT|SQLITE_FULL|SQLITE_IOERR_(?:WRITE|SHMSIZE|TRUNCATE))$/.test(Object(cause).code);

/** The innermost cause speaks: `fetch failed` is only the wrapping of `connect ECONNREFUSED`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  // Some connection errors carry a code and no message (an AggregateError of both address families).
  return error.message || ('code' in error ? String(error.code) : error.name);
}
