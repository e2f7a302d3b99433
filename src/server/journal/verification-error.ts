/** What `journal.verify` throws: the expectation did not hold, or nobody can tell any more. */
import type { JournalEntry } from '../store/journal-entries.ts';
import type { Verification } from './expectation.ts';

export type VerificationErrorCode = 'not-verified' | 'evicted' | 'journal-off';

/**
 * `code` tells "it did not happen" from "what would show it is gone"; `count` is how many there were, `seen` what was seen
 * instead, oldest first.
 *
 * @example
 * try {
 *   emulator.journal.verify({ operation: 'submit', times: 1 });
 * } catch (error) {
 *   if (error instanceof VerificationError) console.log(error.code, error.seen);
 * }
 */
export class VerificationError extends Error {
  override readonly name = 'VerificationError';
  readonly code: VerificationErrorCode;
  readonly count: number | undefined;
  readonly seen: readonly JournalEntry[];
  constructor(verification: Exclude<Verification, { readonly kind: 'verified' }>) {
    super(verification.message);
    this.code = verification.kind;
    this.count = verification.kind === 'journal-off' ? undefined : verification.count;
    this.seen = verification.kind === 'journal-off' ? [] : verification.seen;
  }
}
