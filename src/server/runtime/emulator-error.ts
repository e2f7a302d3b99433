/** What can go wrong in running the emulator, as opposed to what the API refuses. */

export type EmulatorErrorCode =
  | 'port-in-use'
  | 'port-forbidden'
  | 'address-unavailable'
  | 'data-directory-in-use'
  | 'data-directory-unusable'
  | 'data-directory-gone'
  | 'database-newer'
  | 'database-unusable'
  | 'disk-full'
  | 'too-many-files'
  | 'snapshots-full'
  | 'unknown-snapshot'
  | 'file-gone'
  | 'closed'
  | 'tls-unusable'
  | 'sftp-unusable'
  | 'folder-unusable'
  | 'node-too-old'
  | 'binding-unusable'
  | 'writer-died';

/** One line for a person, with the remedy in it; `cause` keeps what the system said. */
export class EmulatorError extends Error {
  override readonly name = 'EmulatorError';
  readonly code: EmulatorErrorCode;
  constructor(code: EmulatorErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** What a thrown thing says of itself. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** For whoever asks an emulator that is closed, or waits for work that it does not do any more. */
export const closedError = () =>
  new EmulatorError(
    'closed',
    'The emulator is closed, or closing: nothing is answered or applied any more. Start another.',
  );

/** Of a file of customer attributes that arrives for whoever is dropped meanwhile. */
export function refuseGone({ name, alias }: { readonly name: string; readonly alias: string }): never {
  throw new EmulatorError(
    'file-gone',
    `The client code of ${alias} was dropped while ${name} arrived: nothing of it is kept.`,
  );
}

/** What the disk or another program does not allow just now: the same may succeed a moment later. */
export function mayPass(error: unknown): error is EmulatorError {
  return error instanceof EmulatorError && PASSING.has(error.code);
}

const PASSING: ReadonlySet<EmulatorErrorCode> = new Set([
  'data-directory-in-use',
  'data-directory-unusable',
  'data-directory-gone',
  'disk-full',
  'too-many-files',
]);
