/** Turns whatever a command threw into a problem with an exit code. */
import type { UploadError, UploadErrorCode } from '../client/index.ts';
import type { EmulatorError, EmulatorErrorCode } from '../server/index.ts';
import { type ExitReason, Problem } from './problem.ts';

/** Loads emulator and uploader only now: a command that goes well needs one of them at most. */
export async function problemOf(error: unknown): Promise<Problem> {
  if (error instanceof Problem) return error;
  const server = await import('../server/index.ts');
  const { isUploadError } = await import('../client/index.ts');
  if (error instanceof server.EmulatorError || isUploadError(error)) {
    const { next, change = {} } = REMEDIES[error.code];
    const [flag] = Object.entries(change).map(([name, value]) => `tpe serve --${name} ${value}`);
    return new Problem(error.message, {
      reason: exitReason(error),
      next: next ?? flag,
      code: error.code,
      cause: error,
    });
  }
  // What the operating system says about a file that the user named.
  if (error instanceof Error && 'code' in error && 'path' in error) {
    const sentence = FILE_ERRORS[String(error.code)];
    const details = { reason: 'invalidInput', code: 'file-unreadable', cause: error } as const;
    if (sentence !== undefined) return new Problem(`${String(error.path)}: ${sentence}.`, details);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Problem(`This is a bug of target-profile-emulator: ${text}`, { reason: 'bug', code: 'bug', cause: error });
}

/** What its code means, unless it says itself that it passes, or that it does not. */
export function exitReason(error: EmulatorError | UploadError): ExitReason {
  const { reason } = REMEDIES[error.code];
  if (!('retryable' in error) || (reason !== 'usage' && reason !== 'temporary')) return reason;
  if (error.retryable) return 'temporary';
  return reason === 'temporary' ? 'refused' : reason;
}

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  EISDIR: 'this is a directory, not a file',
};

interface Remedy {
  readonly reason: ExitReason;
  readonly next?: string;
  /** The one option of `tpe serve` that helps. */
  readonly change?: Readonly<Record<string, string | number>>;
}

/**
 * A taken port or directory is free again later; a wrong address or a file of a newer release never works. Of uploads, what
 * is thrown before anything was sent: the rest is in the report (upload-report.ts).
 */
export const REMEDIES: Readonly<Record<EmulatorErrorCode | UploadErrorCode, Remedy>> = {
  'port-in-use': { reason: 'temporary', change: { port: 0 } },
  'port-forbidden': { reason: 'usage', change: { port: 0 } },
  'address-unavailable': { reason: 'usage', change: { host: '127.0.0.1' } },
  'data-directory-in-use': { reason: 'temporary', change: { data: 'ANOTHER_DIRECTORY' } },
  'data-directory-gone': { reason: 'temporary' },
  'data-directory-unusable': { reason: 'usage', change: { data: 'ANOTHER_DIRECTORY' } },
  'database-newer': { reason: 'usage', change: { data: 'ANOTHER_DIRECTORY' } },
  'database-unusable': { reason: 'refused', change: { data: 'ANOTHER_DIRECTORY' } },
  'disk-full': { reason: 'temporary' },
  'too-many-files': { reason: 'temporary' },
  'snapshots-full': { reason: 'temporary' },
  'unknown-snapshot': { reason: 'usage' },
  'tls-unusable': { reason: 'usage', next: 'tpe serve --help' },
  'sftp-unusable': { reason: 'usage' },
  'folder-unusable': { reason: 'usage', change: { watchAttributes: 'ANOTHER_DIRECTORY' } },
  'node-too-old': { reason: 'usage' },
  'binding-unusable': { reason: 'usage' },
  closed: { reason: 'temporary' },
  'writer-died': { reason: 'bug' },

  'options-invalid': { reason: 'usage', next: 'tpe upload --help' },
  'production-not-confirmed': { reason: 'usage' },
  'input-unreadable': { reason: 'invalidInput' },
  'input-changed': { reason: 'invalidInput' },
  'spool-unusable': { reason: 'temporary' },
  untrusted: { reason: 'refused' },
  'state-unusable': { reason: 'usage' },
  'job-unknown': { reason: 'usage', next: 'tpe jobs' },
  'job-busy': { reason: 'temporary', next: 'tpe jobs' },
  'job-differs': { reason: 'usage' },
  'newer-upload': { reason: 'refused' },
  network: { reason: 'temporary' },
  'server-error': { reason: 'temporary' },
  'rate-limited': { reason: 'temporary' },
  refused: { reason: 'refused' },
  'reply-unreadable': { reason: 'refused' },
  'link-refused': { reason: 'refused' },
  interrupted: { reason: 'interrupted' },
};
