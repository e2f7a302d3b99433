/** What can go wrong in running the emulator, as opposed to what the API refuses. */

export type EmulatorErrorCode =
  | 'port-in-use'
  | 'address-unavailable'
  | 'data-directory-in-use'
  | 'data-directory-unusable'
  | 'database-newer'
  | 'database-unusable'
  | 'disk-full'
  | 'snapshots-full'
  | 'unknown-snapshot'
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
