/** What a client learns from the answer to its submission. */
import { readLeaves } from './read-reply.ts';

/** Undefined where the text is no such answer. Never throws. */
export function readSubmitReply(text: string) {
  const leaves = readLeaves(text);
  const success = leaves?.get('success');
  if (leaves === undefined || success === undefined) return undefined;
  return {
    // Anything but `true` is a refusal (res-submit-http200).
    success: success === 'true',
    /** Verbatim, and not to be trusted; empty where the batch was refused. */
    statusLink: leaves.get('batchStatus') ?? '',
    message: leaves.get('message') ?? '',
  };
}
