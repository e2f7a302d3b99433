/** What `journal.verify` throws: the expectation did not hold, or nobody can tell any more. */
import type { JournalEntry } from '../store/journal-entries.ts';

export type VerificationErrorCode = 'not-verified' | 'evicted' | 'journal-off';

/** `code` tells "it did not happen" from "what would show it is gone"; `seen` is what was seen instead, oldest first. */
export class VerificationError extends Error {
  override readonly name = 'VerificationError';
  readonly code: VerificationErrorCode;
  readonly seen: readonly JournalEntry[];
  constructor(code: VerificationErrorCode, message: string, seen: readonly JournalEntry[] = []) {
    super(message);
    this.code = code;
    this.seen = seen;
  }
}
