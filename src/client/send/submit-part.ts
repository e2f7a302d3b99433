/** Submits one part, again where that helps, until the service has accepted or refused it. */
import type { Clock } from '../runtime/clock.ts';
import type { Progress } from '../progress.ts';
import type { PartBody } from '../plan/part-bodies.ts';
import { RefusedError, ReplyUnreadableError, type UploadError, type UploadErrorCode } from '../upload-error.ts';
import { readSubmitReply } from '../../protocol/wire/index.ts';
import { answerSentence, type CallContext, type CallOutcome, makeCall } from './make-call.ts';
import { retryDecision } from './retry-decision.ts';

export type Submission = {
  readonly attempts: number;
  /** Sent wholly, answer lost. */
  readonly ambiguousAttempts: number;
} & (
  | { readonly kind: 'accepted'; readonly link: string }
  | { readonly kind: 'failed'; readonly error: UploadError }
  | { readonly kind: 'interrupted' }
);

export interface SubmitContext extends CallContext {
  readonly clock: Clock;
  readonly random: { next(): number };
  readonly url: string;
  readonly token: string | undefined;
  readonly attemptsMax: number;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

export async function submitPart(part: number, body: PartBody, context: SubmitContext): Promise<Submission> {
  const { onProgress } = context;
  let ambiguousAttempts = 0;
  for (let attempt = 1; ; attempt += 1) {
    const sending = (bytes: number) => onProgress?.({ kind: 'sending', part, attempt, bytes, bytesMax: body.bytes });
    sending(0);
    const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
    if (context.token !== undefined) headers['authorization'] = `Bearer ${context.token}`;
    const outcome = await makeCall(
      { url: context.url, headers, body, replyBytesMax: SUBMIT_REPLY_BYTES_MAX, attempt, onBytes: sending },
      context,
    );
    const judged = judge(outcome, attempt);
    if (judged.kind !== 'accepted' && judged.ambiguous) ambiguousAttempts += 1;
    const attempts = outcome.kind === 'interrupted' && !outcome.isMade ? attempt - 1 : attempt;
    if (judged.kind !== 'failed') return { ...judged, attempts, ambiguousAttempts };

    const { error } = judged;
    const decision = retryDecision({ error, attempt, attemptsMax: context.attemptsMax, chance: context.random.next() });
    if (decision.kind === 'give-up') return { kind: 'failed', error, attempts: attempt, ambiguousAttempts };
    onProgress?.({ kind: 'retrying', part, attempt: attempt + 1, afterMs: decision.afterMs, error });
    if (decision.kind === 'close-window') {
      // The pace holds every call back, this one's next attempt included.
      context.pace.closeWindow(decision.afterMs);
      continue;
    }
    try {
      await context.clock.sleep(decision.afterMs, context.signal);
    } catch {
      return { kind: 'interrupted', attempts: attempt, ambiguousAttempts };
    }
  }
}

const SUBMIT_REPLY_BYTES_MAX = 1024 * 1024;

type Judged =
  | { readonly kind: 'accepted'; readonly link: string }
  | { readonly kind: 'failed'; readonly error: UploadError; readonly ambiguous: boolean }
  | { readonly kind: 'interrupted'; readonly ambiguous: boolean };

function judge(outcome: CallOutcome, attempts: number): Judged {
  if (outcome.kind === 'interrupted') return { kind: 'interrupted', ambiguous: outcome.sentWhole };
  if (outcome.kind === 'failed') {
    const ambiguous = outcome.sentWhole && SAYS_NOTHING.has(outcome.error.code);
    return { kind: 'failed', error: outcome.error, ambiguous };
  }
  const reply = readSubmitReply(outcome.text);
  if (reply === undefined) {
    const message = 'The answer is not one of this API. Check the endpoint; nobody knows whether the part was taken.';
    return { kind: 'failed', error: new ReplyUnreadableError(message, { attempts }), ambiguous: true };
  }
  if (!reply.success) {
    const message = answerSentence(
      'The service refused the part',
      reply.message.trim() || 'it gave no reason',
      outcome.cause,
    );
    return { kind: 'failed', error: new RefusedError(message, 200, { attempts }), ambiguous: false };
  }
  return { kind: 'accepted', link: reply.statusLink };
}

/** A 503 and a 4xx say that nothing was taken; a lost answer, another 5xx or a foreign page says nothing. */
const SAYS_NOTHING: ReadonlySet<UploadErrorCode> = new Set(['network', 'server-error', 'reply-unreadable']);
