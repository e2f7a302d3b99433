/** How a command ends: its exit code, and where there is no result one line for a person and one object for a machine. */
import { asTyped, printable } from './printable.ts';

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
const PRECEDENCE: readonly ExitReason[] = [
  'interrupted',
  'bug',
  'usage',
  'invalidInput',
  'refused',
  'stuck',
  'temporary',
  'rowsRejected',
];

/** The one code for everything that applies; nothing at all is `done`. */
export function exitCode(...reasons: readonly ExitReason[]): ExitCode {
  return EXIT_CODES[PRECEDENCE.find((reason) => reasons.includes(reason)) ?? 'done'];
}

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
export function wrongUsage(command: string, message: string, code = 'usage'): Problem {
  return new Problem(message, { reason: 'usage', code, next: `${command} --help` });
}
