/** How a command ends: its exit code, and where there is no result one line for a person and one object for a machine; whatever it threw. */
import { asTyped, printable } from './printable.ts';
import type { CommandWith } from './printed-command.ts';
import type { UploadError, UploadErrorCode } from '../client/index.ts';
import type { EmulatorError, EmulatorErrorCode } from '../server/index.ts';

/** Each with one line for `--help` and the README. */
const EXITS = {
  done: [0, 'done'],
  bug: [1, 'a bug of this program, or a check that failed'],
  usage: [2, 'wrong usage: an unknown command, flag or value'],
  invalidInput: [3, 'the input, or a file that was named, is invalid: nothing was sent'],
  rowsRejected: [4, 'finished, but some rows were rejected or not found (v1 too)'],
  temporary: [5, 'a temporary trouble: resuming helps'],
  stuck: [6, 'a batch is stuck, or the deadline passed'],
  refused: [7, 'refused: change what the message names before trying again'],
  interrupted: [130, 'interrupted'],
} as const;

export type ExitReason = keyof typeof EXITS;
export type ExitCode = (typeof EXITS)[ExitReason][0];

const column = <At extends 0 | 1>(at: At) =>
  Object.fromEntries(Object.entries(EXITS).map(([reason, exit]) => [reason, exit[at]])) as {
    readonly [Reason in ExitReason]: (typeof EXITS)[Reason][At];
  };
export const EXIT_CODES = column(0);
export const EXIT_MEANINGS = column(1);

/** Strongest first. Usage and invalid input end a command before anything else can go wrong. */
const RANKS = ['interrupted', 'bug', 'usage', 'invalidInput', 'refused', 'stuck', 'temporary', 'rowsRejected'] as const;

/** The one code for everything that applies; nothing at all is `done`. */
export const exitCode = (...reasons: readonly ExitReason[]): ExitCode =>
  EXIT_CODES[RANKS.find((reason) => reasons.includes(reason)) ?? 'done'];

export interface ProblemDetails {
  readonly reason: ExitReason;
  /** A word for machines: `port-in-use`. */
  readonly code: string;
  /** The command that helps, as typed. */
  readonly next?: string | undefined;
  readonly cause?: unknown;
}

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly reason: ExitReason;
  readonly code: string;
  readonly next: string | undefined;

  constructor(message: string, { reason, code, next, cause }: ProblemDetails) {
    super(message, { cause });
    this.reason = reason;
    this.code = code;
    this.next = next;
  }

  get exitCode(): ExitCode {
    return EXIT_CODES[this.reason];
  }

  /** `tpe: what happened, where. Next: tpe ...` */
  toLine(command = 'tpe'): string {
    // Messages of others may span lines; a sentence ends with a full stop.
    const line = this.message.replaceAll(/\s*\n\s*/g, '; ').trim();
    const next = this.next === undefined ? '' : ` Next: ${asTyped(this.next, command)}`;
    return `tpe: ${printable(/[.!?]$/.test(line) ? line : `${line}.`)}${next}`;
  }

  toJson(command = 'tpe'): object {
    const next = this.next && asTyped(this.next, command);
    return { error: { code: this.code, message: this.message, ...(next && { next }) }, exitCode: this.exitCode };
  }
}

/** `command`'s help is the remedy: `tpe jobs`. */
export const wrongUsage = (command: string, message: string, code = 'usage'): Problem =>
  new Problem(message, { reason: 'usage', code, next: `${command} --help` });

/** Loads emulator and uploader only now: a command that goes well needs one of them at most. */
export async function problemOf(error: unknown): Promise<Problem> {
  if (error instanceof Problem) return error;
  const server = await import('../server/index.ts');
  const { isUploadError } = await import('../client/index.ts');
  if (error instanceof server.EmulatorError || isUploadError(error)) {
    const { next, change = {} } = REMEDIES[error.code];
    const [flag] = Object.entries(change).map(([name, value]) => `tpe serve --${name} ${value}`);
    const details = { reason: exitReason(error), next: next ?? flag, code: error.code, cause: error };
    return new Problem(error.message, details);
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
  'file-gone': { reason: 'temporary' },
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

/** The whole call again, with what stood in its way changed; a token that was given has no business in a log. */
export async function startRemedy(error: unknown, again: CommandWith): Promise<unknown> {
  const { EmulatorError } = await import('../server/index.ts');
  if (!(error instanceof EmulatorError)) return error;
  const { code, message } = error;
  const { reason, change } = REMEDIES[code];
  if (change === undefined) return error;
  // It names the flag of the port that cannot be had.
  const port = message.includes('--sftp-port') ? { sftpPort: 0 } : message.includes('--tls-port') && { tlsPort: 0 };
  const changed = ('port' in change && port) || change;
  const next = again({ controlToken: undefined, ...changed });
  return new Problem(message, { reason, code, next, cause: error });
}
