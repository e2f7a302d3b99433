/** What every command's exit code means, and which one wins when several apply. */

/** Each with one line for `--help` and the README. */
const EXITS = {
  done: [0, 'done'],
  bug: [1, 'a bug of this program, or a check that failed'],
  usage: [2, 'wrong usage: an unknown command, flag or value'],
  invalidInput: [3, 'the input is invalid and nothing was sent'],
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
