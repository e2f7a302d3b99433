/** What a thrown thing says of itself, in words: whatever somebody threw. */

/** The innermost cause speaks: `fetch failed` is only the wrapping of `connect ECONNREFUSED`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  // Some connection errors carry a code and no message (an AggregateError of both address families).
  return error.message || ('code' in error ? String(error.code) : error.name);
}

/** What an aborted signal is to throw. */
export function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('The signal was aborted.');
}
