/** What every command's exit code means, and which one wins when several apply. */

export const EXIT_CODES = {
  done: 0,
  bug: 1,
  usage: 2,
  invalidInput: 3,
  rowsRejected: 4,
  temporary: 5,
  stuck: 6,
  refused: 7,
  interrupted: 130,
} as const;

export type ExitReason = keyof typeof EXIT_CODES;
export type ExitCode = (typeof EXIT_CODES)[ExitReason];

/** One line each, for `--help` and the README. */
export const EXIT_MEANINGS: Readonly<Record<ExitReason, string>> = {
  done: 'done',
  bug: 'a bug of this program, or a check that failed',
  usage: 'wrong usage: an unknown command, flag or value',
  invalidInput: 'the input is invalid and nothing was sent',
  rowsRejected: 'finished, but some rows were rejected or not found (v1 too)',
  temporary: 'a temporary trouble: resuming helps',
  stuck: 'a batch is stuck, or the deadline passed',
  refused: 'refused: change what the message names before trying again',
  interrupted: 'interrupted',
};

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
