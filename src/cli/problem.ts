/** Why a command ends without its result: one line for a person, one object for a machine, one exit code. */
import { EXIT_CODES, type ExitCode, type ExitReason } from './exit-code.ts';
import { printable } from './printable.ts';
import { asTyped } from './shell-word.ts';

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
    return `tpe: ${printable(oneLine(this.message))}${this.next === undefined ? '' : ` Next: ${asTyped(this.next, command)}`}`;
  }

  toJson(command = 'tpe'): object {
    const next = this.next === undefined ? {} : { next: asTyped(this.next, command) };
    return { error: { code: this.code, message: this.message, ...next }, exitCode: this.exitCode };
  }
}

/** `command`'s help is the remedy: `tpe jobs`. */
export function wrongUsage(command: string, message: string, code = 'usage'): Problem {
  return new Problem(message, { reason: 'usage', code, next: `${command} --help` });
}

/** Messages of others may span lines; a sentence ends with a full stop. */
function oneLine(message: string): string {
  const line = message.replaceAll(/\s*\n\s*/g, '; ').trim();
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
